"""Held-out data for evaluating checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from marvin.types import Samples
from marvin.wake.ast.features import Features, FeatureSettings, LogMel, frame_count
from marvin.workshop.wake_train.augment import Sounds, WindowMaker
from marvin.workshop.wake_train.corpus import Clip, Corpus
from marvin.workshop.wake_train.recipe import Recipe

if TYPE_CHECKING:
    from transformers import ASTForAudioClassification


DEAF = 0.1
"""Recall below which a model is useless."""


@dataclass(frozen=True, slots=True)
class Verdict:
    false_accepts: int
    """Detections in held-out real speech."""
    errors: float
    """Miss rate plus the share of near misses with a detection."""
    recall: float = 0.0
    """Share of positive windows above the threshold."""
    near_fired: float = 0.0
    """Share of near-miss clips with a detection."""
    hours: float = 0.0
    """Length of the real speech."""

    @property
    def rank(self) -> tuple[bool, int, float]:
        """Smaller is better. Models that detect nothing never fire, so they come last."""
        return self.recall < DEAF, self.false_accepts, self.errors


def verdict_text(verdict: Verdict) -> str:
    heard = f"hears {verdict.recall:.0%} of the phrase in new voices"
    near = f"fires on {verdict.near_fired:.0%} of similar words"
    if not verdict.hours:
        return f"{heard}, {near}"
    times = "once" if verdict.false_accepts == 1 else f"{verdict.false_accepts} times"
    return f"{heard}, {near} and {times} in {verdict.hours * 60:.0f} min of speech"


class HeldOut:
    """Held-out synthetic voices and real speakers."""

    def __init__(self, recipe: Recipe, corpus: Corpus, speech: list[Clip]) -> None:
        self._recipe = recipe
        self._log_mel = LogMel(recipe.mel_bins)
        rng = np.random.default_rng([recipe.seed, 999])
        # Synthetic rooms and noise: the recorded ones are all used for training.
        maker = WindowMaker(corpus, Sounds(speech=speech), recipe.window_samples, rng)
        count = min(600, 3 * len(corpus.positives))
        self._positives = np.stack([maker.positive().samples for _ in range(count)])
        self._near = [_padded(clip, recipe.window_samples) for clip in corpus.near[:400]]
        self._speech = [clip.samples for clip in speech]

    def judge(self, model: ASTForAudioClassification, settings: FeatureSettings) -> Verdict:
        """Evaluate at the recipe's threshold."""
        threshold = self._recipe.threshold
        positives = np.stack([self._log_mel(window) for window in self._positives])
        recall = float((_scores(model, settings.normalize(positives)) > threshold).mean())
        near = np.mean([self._fires(model, settings, s) > 0 for s in self._near])
        false = sum(self._fires(model, settings, samples) for samples in self._speech)
        hours = sum(len(samples) for samples in self._speech) / 16_000 / 3600
        return Verdict(false, round(1 - recall + float(near), 4), recall, float(near), hours)

    def _fires(
        self, model: ASTForAudioClassification, settings: FeatureSettings, samples: Samples
    ) -> int:
        """Detections in two consecutive windows, at most one per second."""
        window, hop = self._recipe.window_samples, self._recipe.hop_samples
        features = self._log_mel(samples)
        count, stride = frame_count(window), hop // 160
        looks = [features[i : i + count] for i in range(0, len(features) - count + 1, stride)]
        if not looks:
            return 0
        scores = _scores(model, settings.normalize(np.stack(looks)))
        smooth = np.convolve(scores, [0.5, 0.5])[: len(scores)]
        fired, last = 0, -(10**9)
        for index in np.flatnonzero(smooth > self._recipe.threshold):
            if (index - last) * hop > 16_000:
                fired, last = fired + 1, int(index)
        return fired


def _padded(clip: Clip, window: int) -> Samples:
    quiet = np.random.default_rng(7).standard_normal(len(clip.samples) + 2 * window) * 1e-3
    quiet[window : window + len(clip.samples)] += clip.samples
    return quiet.astype(np.float32)


def _scores(model: ASTForAudioClassification, inputs: Features) -> np.ndarray:
    import torch

    found = []
    with torch.inference_mode():
        for first in range(0, len(inputs), 256):
            logits = model(torch.from_numpy(inputs[first : first + 256])).logits
            found.append(logits.softmax(-1)[:, 1].numpy())
    return np.concatenate(found)
