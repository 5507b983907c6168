"""The training loop, which saves its state and keeps the best checkpoint."""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from marvin.wake.features import FeatureSettings
from marvin.wake.training.held_out import HeldOut, Verdict
from marvin.wake.training.recipe import Recipe, build_model
from marvin.wake.training.windows import Windows

if TYPE_CHECKING:
    import torch
    from transformers import ASTForAudioClassification

_EMA = 0.998


class Trainer:
    """One training, which can be stopped and taken up again from its folder."""

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
        # A second head tells many words apart: it teaches the layers below what words are made of,
        # and is thrown away with the training.
        self._words = torch.nn.Linear(recipe.hidden, max(1, recipe.vocabulary))
        self._optimizer = torch.optim.AdamW(
            [*self._model.parameters(), *self._words.parameters()],
            lr=recipe.learning_rate,
            weight_decay=0.05,
        )
        self._step = 0
        self.best: Verdict | None = None
        if state_path.exists():
            self._resume()

    def start_from(self, folder: Path) -> ASTForAudioClassification:
        """Begin with the weights of a finished model of the same size, and return that model."""
        loaded: ASTForAudioClassification = type(self._model).from_pretrained(folder).eval()
        if not self._step:
            self._model.load_state_dict(loaded.state_dict())
            self.averaged.load_state_dict(loaded.state_dict())
        return loaded

    def run(self, held_out: HeldOut) -> Verdict:
        """Train to the end; afterwards `averaged` is the best model seen."""
        import torch

        self._model.train()
        began, losses = time.monotonic(), []
        for features, labels in self._windows.stream(self._step, self._recipe.steps):
            losses.append(self._update(torch.from_numpy(self.settings.normalize(features)), labels))
            if self._step % 100 == 0:
                pace = (time.monotonic() - began) / len(losses)
                _say(f"step {self._step} loss {np.mean(losses[-100:]):.4f} {pace:.3f} s/step")
            if self._step % self._recipe.evaluate_every == 0 or self._step == self._recipe.steps:
                self._evaluate(held_out)
        best = self._path.with_name("best.pt")
        self.averaged.load_state_dict(torch.load(best, weights_only=True))
        assert self.best is not None
        return self.best

    def _update(self, inputs: torch.Tensor, labels: np.ndarray) -> float:
        import torch

        recipe = self._recipe
        warm = min(1.0, (self._step + 1) / 200)
        cool = 0.5 * (1 + math.cos(math.pi * self._step / recipe.steps))
        for group in self._optimizer.param_groups:
            group["lr"] = recipe.learning_rate * warm * max(0.01, cool)
        pooled = self._model.audio_spectrogram_transformer(inputs).pooler_output
        target = torch.from_numpy(labels)
        loss = torch.nn.functional.cross_entropy(
            self._model.classifier(pooled), target[:, 0], label_smoothing=0.02
        )
        told = target[:, 1] >= 0
        if bool(told.any()):
            words = self._words(pooled[told])
            loss = loss + 0.3 * torch.nn.functional.cross_entropy(words, target[told, 1])
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
        return float(loss.detach())

    def _evaluate(self, held_out: HeldOut) -> None:
        import torch

        verdict = held_out.judge(self.averaged, self.settings)
        _say(
            f"  evaluation: {verdict.false_accepts} false accepts in {verdict.hours:.2f} h, recall "
            f"{verdict.recall:.3f}, fires on {verdict.near_fired:.3f} of near misses"
        )
        if self.best is None or verdict <= self.best:
            self.best = verdict
            torch.save(self.averaged.state_dict(), self._path.with_name("best.pt"))
        state = {
            "step": self._step,
            "model": self._model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "words": self._words.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "best": (self.best.false_accepts, self.best.errors, self.best.recall,
                     self.best.near_fired, self.best.hours),
        }  # fmt: skip
        partial = self._path.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self._path)

    def _resume(self) -> None:
        import torch

        state = torch.load(self._path, weights_only=True)
        self._model.load_state_dict(state["model"])
        self.averaged.load_state_dict(state["averaged"])
        self._words.load_state_dict(state["words"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._step = int(state["step"])
        self.best = Verdict(*state["best"])
        _say(f"taken up again at step {self._step}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
