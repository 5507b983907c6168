"""transformers' Trainer with Marvin's evaluation, checkpoints and Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from marvin.backends.pretrained.place import Place
from marvin.workshop.tuning.held_out_examples import HeldOutExamples
from marvin.workshop.tuning.run_folder import RunFolder
from marvin.workshop.tuning.training_examples import Collator
from marvin.workshop.tuning.tuning_request import TuningRequest
from marvin.workshop.wake_train.progress import TrainingPace

SCORE = "score"
"""Of the held-out examples, as Trainer logs it with the prefix `eval_`."""


class StopRequest:
    """Set by the first Ctrl-C; the second one stops at once."""

    def __init__(self) -> None:
        self.made = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._interrupted)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _interrupted(self, *_: object) -> None:
        if self.made:
            raise KeyboardInterrupt
        self.made = True


def make_trainer(
    request: TuningRequest,
    place: Place,
    model: Any,
    collator: Collator,
    train: Any,
    held_out: HeldOutExamples,
    folder: RunFolder,
    *,
    steps: int,
) -> Any:
    from transformers import PrinterCallback

    trainer = _trainer_class()(
        model=model,
        args=_arguments(request, place, folder, steps=steps, evaluates=bool(len(held_out))),
        data_collator=collator,
        train_dataset=train,
        eval_dataset=held_out if len(held_out) else None,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def add_callbacks(trainer: Any, folder: RunFolder, stop: StopRequest, pace: TrainingPace) -> None:
    trainer.add_callback(_callback_class()(folder, stop, pace, trainer.eval_dataset))


def _arguments(
    request: TuningRequest, place: Place, folder: RunFolder, *, steps: int, evaluates: bool
) -> Any:
    from transformers import TrainingArguments

    every = request.eval_every or max(1, steps // 5)
    arguments = TrainingArguments(
        output_dir=str(folder.training),
        max_steps=steps,
        per_device_train_batch_size=request.batch,
        per_device_eval_batch_size=request.batch,
        gradient_accumulation_steps=request.accumulate,
        activation_checkpointing=request.recompute,
        activation_checkpointing_kwargs={"use_reentrant": False},
        learning_rate=request.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=max(1, steps // 20),
        bf16=place.dtype == "bfloat16",
        use_cpu=place.device == "cpu",
        seed=request.seed,
        eval_strategy="steps" if evaluates else "no",
        eval_steps=every,
        eval_on_start=evaluates and folder.checkpoint() is None,
        prediction_loss_only=True,
        logging_steps=every,
        save_strategy="steps",
        save_steps=request.save_every or every,
        save_total_limit=2,
        remove_unused_columns=False,
        # Dispatching cuts a batch by its rows, but one row may have several windows of audio.
        accelerator_config={"dispatch_batches": False},
        dataloader_pin_memory=place.device.startswith("cuda"),
        disable_tqdm=True,
        report_to="none",
    )
    if arguments.n_gpu > 1:
        # DataParallel cannot split windows of audio; `accelerate launch` uses several GPUs.
        arguments._n_gpu = 1
    return arguments


@lru_cache(maxsize=1)
def _trainer_class() -> Any:
    # Defined on first use: importing transformers takes seconds.
    from transformers import Trainer

    class TuningTrainer(Trainer):  # type: ignore[misc]
        def evaluation_loop(self, *given: Any, **options: Any) -> Any:
            """The loss as ever, and the score of the model's own answers."""
            output = super().evaluation_loop(*given, **options)
            held_out, prompt = self.eval_dataset, self.data_collator.prompt
            score = held_out.score(self.model, prompt, self.args.per_device_eval_batch_size)
            output.metrics[f"eval_{SCORE}"] = score
            return output

    return TuningTrainer


@lru_cache(maxsize=1)
def _callback_class() -> Any:
    from transformers import TrainerCallback

    class TuningCallback(TrainerCallback):  # type: ignore[misc]
        def __init__(
            self,
            folder: RunFolder,
            stop: StopRequest,
            pace: TrainingPace,
            held_out: HeldOutExamples | None,
        ) -> None:
            self._folder, self._stop, self._pace = folder, stop, pace
            self._held_out = held_out

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self._pace.step()
            if self._stop.made:
                control.should_training_stop = True
                control.should_save = True
                control.should_evaluate = False

        def on_evaluate(
            self, args: Any, state: Any, control: Any, metrics: dict[str, float], **_: Any
        ) -> None:
            assert self._held_out is not None
            score, loss = metrics[f"eval_{SCORE}"], metrics["eval_loss"]
            measure, count = self._held_out.measure, len(self._held_out)
            news = f"{measure} {100 * score:.1f} % of {count} held out, loss {loss:.3f}"
            self._pace.tell(news, at=state.global_step)

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self._folder.is_whole(state.global_step)

    return TuningCallback
