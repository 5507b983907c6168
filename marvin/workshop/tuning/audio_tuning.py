"""Fine-tunes an audio language model, from its data to the finished adapter."""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass, replace
from typing import Any

from safetensors import SafetensorError

from marvin.backends.pretrained.audio_checkpoint import (
    AudioCheckpoint,
    context_length,
    load_audio_checkpoint,
)
from marvin.backends.pretrained.audio_prompt import AudioPrompt
from marvin.backends.pretrained.failures import device_failures
from marvin.backends.pretrained.place import Place
from marvin.errors import DeviceFailedError, TrainingError
from marvin.hub.source import Source
from marvin.workshop.audio_questions.example import BadExamples
from marvin.workshop.audio_questions.opening import Examples, open_examples
from marvin.workshop.audio_questions.place_chosen import chosen_place
from marvin.workshop.tuning.held_out_examples import HeldOutExamples, hold_out, usable
from marvin.workshop.tuning.lora import Sizes, add_lora, check_packages, sizes
from marvin.workshop.tuning.run_folder import RunFolder
from marvin.workshop.tuning.training_examples import Collator, Encoder, endless
from marvin.workshop.tuning.tuning_card import TuningFigures, tuning_card
from marvin.workshop.tuning.tuning_request import TuningRequest
from marvin.workshop.tuning.tuning_trainer import (
    SCORE,
    StopRequest,
    add_callbacks,
    make_trainer,
)
from marvin.workshop.wake_train.progress import Report, Stage, TrainingPace

_FULL_BYTES = 50_000_000
"""With less free space, an error may be due to a full disk."""
_PASSES = 3
_STREAM_STEPS = 500


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a training needs."""

    request: TuningRequest
    place: Place
    loaded: AudioCheckpoint
    """Its model has the adapter."""
    trainer: Any
    held_out: HeldOutExamples
    folder: RunFolder
    bad: BadExamples
    steps: int
    sizes: Sizes


def prepare(request: TuningRequest, bad: BadExamples) -> Prepared:
    """Raises MarvinError, which says what is wrong with the data, the model or the folder."""
    check_packages()
    folder = RunFolder(request.out)
    folder.claim(request)
    try:
        return _prepared(request, bad, folder)
    except BaseException:
        folder.release()
        raise


def _prepared(request: TuningRequest, bad: BadExamples, folder: RunFolder) -> Prepared:
    examples, chosen = _data(request, bad)
    place = chosen_place(request.device, request.dtype)
    loaded = load_audio_checkpoint(Source("--model", request.model), place)
    prompt = AudioPrompt(loaded.processor, loaded.family)
    encoder = Encoder(prompt, context_length(loaded.model), bad)
    held_out = HeldOutExamples(usable(chosen, encoder, bad), encoder, request.task)
    model = add_lora(loaded.model, request.model, request.rank, request.seed)
    steps = request.max_steps or _steps(examples, request)
    trainer = make_trainer(
        request,
        place,
        model,
        Collator(prompt, loaded.model.dtype),
        endless(examples, encoder, request.seed),
        held_out,
        folder,
        steps=steps,
    )
    adapted = replace(loaded, model=model)
    return Prepared(request, place, adapted, trainer, held_out, folder, bad, steps, sizes(model))


def run(ready: Prepared, report: Report) -> bool:
    """Train from the last checkpoint on, and write the adapter. False if Ctrl-C stopped it.

    Raises:
        TrainingError: The disk is full, or a bad example was met.
        DeviceFailedError: Out of memory.
    """
    stop = StopRequest()
    folder = ready.folder
    pace = TrainingPace(report, Stage.TRAIN, ready.steps, folder.saved_step())
    add_callbacks(ready.trainer, folder, stop, pace)
    checkpoint = folder.checkpoint()
    try:
        with stop.listening(), device_failures("the training"):
            ready.trainer.train(
                resume_from_checkpoint=None if checkpoint is None else str(checkpoint)
            )
            if ready.trainer.state.global_step < ready.steps:
                return False
            _write(ready)
    except DeviceFailedError as error:
        raise DeviceFailedError(
            f"{error}. Train smaller batches (--batch 1 --accumulate 16 --fresh), or in bfloat16"
        ) from error
    except (OSError, RuntimeError, SafetensorError) as error:
        if (full := _full_disk(error, folder)) is None:
            raise
        raise full from error
    else:
        folder.finish()
        return True
    finally:
        folder.release()


def _data(request: TuningRequest, bad: BadExamples) -> tuple[Examples, Any]:
    examples = open_examples(request.data, bad)
    if request.evaluation is None:
        return hold_out(examples, request.held_out, request.seed)
    return examples, list(open_examples(request.evaluation, bad).examples())


def _steps(examples: Examples, request: TuningRequest) -> int:
    if examples.known_length is None:
        return _STREAM_STEPS
    return max(1, round(_PASSES * examples.known_length / (request.batch * request.accumulate)))


def _write(ready: Prepared) -> None:
    out = ready.folder.unpublished()
    # False: it would ask the Hub whether the vocabulary has grown.
    ready.loaded.model.save_pretrained(str(out), save_embedding_layers=False)
    ready.loaded.processor.save_pretrained(str(out))
    scores = [one for one in ready.trainer.state.log_history if f"eval_{SCORE}" in one]
    figures = TuningFigures(
        ready.sizes, ready.steps, ready.held_out.measure, len(ready.held_out), scores
    )
    (out / "README.md").write_text(tuning_card(ready.request, figures), encoding="utf-8")
    ready.folder.publish()


def _full_disk(error: Exception, folder: RunFolder) -> TrainingError | None:
    """None if the error is another one."""
    free = shutil.disk_usage(folder.out).free
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    folder.drop_partial()
    if not full and free > _FULL_BYTES and "No space left" not in str(error):
        return None
    step = folder.saved_step()
    again = f"it goes on from step {step}" if step else "it begins again"
    return TrainingError(
        f"the disk of {folder.out} is full. Free some space and run it again: {again}"
    )
