"""The training loop, which saves its state and the best checkpoint."""

from __future__ import annotations

import dataclasses
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from marvin.boundary.files import replace_file
from marvin.errors import TrainingError
from marvin.wake.ast.features import FeatureSettings
from marvin.workshop.wake_train.held_out import HeldOut, Verdict
from marvin.workshop.wake_train.phones import CLASSES
from marvin.workshop.wake_train.recipe import Recipe, build_model
from marvin.workshop.wake_train.training_windows import Batch, Windows

if TYPE_CHECKING:
    import torch

_EMA = 0.998
_PHONES_WEIGHT = 0.5
_WORDS_WEIGHT = 0.3


class Trainer:
    """A training that can be interrupted and resumed."""

    def __init__(
        self, recipe: Recipe, windows: Windows, settings: FeatureSettings, state_path: Path
    ) -> None:
        import torch

        torch.manual_seed(recipe.seed)
        self.settings = settings
        self._recipe, self._windows, self._path = recipe, windows, state_path
        self._model = build_model(recipe)
        self.averaged = build_model(recipe)
        self.averaged.load_state_dict(self._model.state_dict())
        self.averaged.eval()
        # Auxiliary heads, used only in training: one predicts the phone at the centre of each
        # patch, one classifies whole words.
        self._heads = torch.nn.ModuleDict(
            {
                "phones": torch.nn.Linear(recipe.hidden, CLASSES),
                "words": torch.nn.Linear(recipe.hidden, max(1, recipe.vocabulary)),
            }
        )
        self._optimizer = torch.optim.AdamW(
            [*self._model.parameters(), *self._heads.parameters()],
            lr=recipe.learning_rate,
            weight_decay=0.05,
        )
        self._step = 0
        self._best: tuple[Verdict, dict[str, torch.Tensor]] | None = None
        if state_path.exists():
            self._resume()

    def start_from(self, folder: Path) -> None:
        """Start from the weights of a finished model.

        Its last layer is used only if it was trained for the same phrase.

        Raises:
            TrainingError: The model has a different size.
        """
        from transformers.utils import logging as transformers_logging

        if self._step:
            return
        # No progress bar for 75 small tensors.
        transformers_logging.disable_progress_bar()
        known = type(self._model).from_pretrained(folder).state_dict()
        if known_label(folder) != self._recipe.phrase:
            known = {name: known[name] for name in known if not name.startswith("classifier.dense")}
        own = self._model.state_dict()
        if any(name in own and own[name].shape != known[name].shape for name in known):
            raise TrainingError(
                f"the model in {folder} has a different size than the one to train, so it cannot "
                "be the starting point. Use --from-scratch"
            )
        for model in (self._model, self.averaged):
            model.load_state_dict(known, strict=False)

    def run(
        self,
        held_out: HeldOut,
        *,
        stepped: Callable[[], None] = lambda: None,
        judged: Callable[[Verdict], None] = lambda _: None,
    ) -> Verdict:
        """Train to the end; then `averaged` is the best checkpoint."""
        self._model.train()
        for batch in self._windows.stream(self._step, self._recipe.steps):
            self._update(batch)
            if self._step % self._recipe.evaluate_every == 0 or self._step == self._recipe.steps:
                judged(self._evaluate(held_out))
            stepped()
        assert self._best is not None
        verdict, weights = self._best
        self.averaged.load_state_dict(weights)
        return verdict

    def _update(self, batch: Batch) -> None:
        import torch

        recipe = self._recipe
        warm = min(1.0, (self._step + 1) / 200)
        cool = 0.5 * (1 + math.cos(math.pi * self._step / recipe.steps))
        for group in self._optimizer.param_groups:
            group["lr"] = recipe.learning_rate * warm * max(0.01, cool)
        loss = self._loss(
            torch.from_numpy(self.settings.normalize(batch.features)),
            *map(torch.from_numpy, (batch.phrase, batch.word, batch.phones)),
        )
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self._step += 1
        share = min(_EMA, (1 + self._step) / (10 + self._step))
        with torch.no_grad():
            pairs = zip(self.averaged.parameters(), self._model.parameters(), strict=True)
            for mean, new in pairs:
                mean.lerp_(new, 1 - share)

    def _loss(
        self,
        inputs: torch.Tensor,
        phrase: torch.Tensor,
        word: torch.Tensor,
        phones: torch.Tensor,
    ) -> torch.Tensor:
        from torch.nn.functional import cross_entropy

        outputs = self._model.audio_spectrogram_transformer(inputs)
        pooled, patches = outputs.pooler_output, outputs.last_hidden_state[:, 2:]
        loss = cross_entropy(self._model.classifier(pooled), phrase, label_smoothing=0.02)
        if bool((phones >= 0).any()):
            heard = self._heads["phones"](patches).flatten(0, 1)
            loss = loss + _PHONES_WEIGHT * cross_entropy(heard, phones.flatten(), ignore_index=-1)
        if bool((word >= 0).any()):
            told = self._heads["words"](pooled)
            loss = loss + _WORDS_WEIGHT * cross_entropy(told, word, ignore_index=-1)
        return loss

    def _evaluate(self, held_out: HeldOut) -> Verdict:
        """Evaluate, keep the best checkpoint, save the state."""
        import torch

        verdict = held_out.judge(self.averaged, self.settings)
        averaged = self.averaged.state_dict()
        if self._best is None or verdict.rank <= self._best[0].rank:
            self._best = verdict, {name: value.clone() for name, value in averaged.items()}
        state = {
            "step": self._step,
            "model": self._model.state_dict(),
            "averaged": averaged,
            "heads": self._heads.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "verdict": dataclasses.astuple(self._best[0]),
            "best": self._best[1],
        }
        stored = io.BytesIO()
        torch.save(state, stored)
        replace_file(self._path, stored.getbuffer())
        return verdict

    def _resume(self) -> None:
        import torch

        state = torch.load(self._path, weights_only=True)
        self._model.load_state_dict(state["model"])
        self.averaged.load_state_dict(state["averaged"])
        self._heads.load_state_dict(state["heads"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._step = int(state["step"])
        self._best = Verdict(*state["verdict"]), state["best"]


def known_label(folder: Path) -> str:
    """The wake word label of a finished model."""
    labels = json.loads((folder / "config.json").read_text(encoding="utf-8"))["id2label"]
    return str(labels["1"])
