"""Wake word by an Audio Spectrogram Transformer: the `ast` engine."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from marvin.config.wake import AstConfig
from marvin.errors import ModelLoadError
from marvin.types import RATE_HZ, AudioChunk, Detection, Samples
from marvin.wake.ast.ast_checkpoint import SHIPPED, Checkpoint, load_checkpoint
from marvin.wake.ast.detector import WakeTrigger
from marvin.wake.ast.features import Features, FeatureSettings, FeatureStream
from marvin.wake.ast.near_miss import NearMisses
from marvin.wake.verifier import HEARD_SAMPLES, PhoneVerifier

_LOGGER = logging.getLogger(__name__)

_SETTLE_S = 0.2
"""The score passes its limit while the word's last sound is still to come, in seconds."""

_RISE = 0.02
"""By so much a score has to rise to be worth another second look."""

_CALM = 0.02
"""Below this score of a look the word is not even near, and the next look can wait."""

_ALIKE = 1e-6
"""Outputs that differ by less are the same but for rounding."""

_BEHIND_S = 0.3
"""With so much audio waiting, in seconds, the machine is too busy for every look."""


class Classifier(Protocol):
    """Scores one window."""

    def score(self, features: Features) -> float:
        """Probability in [0, 1] that features of shape (frames, mel bins) hold the wake word."""


class AstClassifier:
    """A loaded checkpoint and the label that wakes."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._forward = checkpoint.forward
        self._label_index = checkpoint.label_index
        self._multi_label = checkpoint.multi_label

    def score(self, features: Features) -> float:
        """Softmax probability of the label; sigmoid where labels do not exclude each other."""
        logits = self._forward(features).astype(np.float64)
        logit = logits[self._label_index]
        if self._multi_label:
            return float(1.0 / (1.0 + np.exp(-logit)))
        return float(1.0 / np.exp(logits - logit).sum())

    def hears(self, one: Features, other: Features) -> bool:
        """Whether it tells them apart: one that scores all alike, or NaN, would never wake."""
        pair = np.stack([self._forward(one), self._forward(other)])
        if self._multi_label:
            # What the other labels make of it has no influence.
            pair = pair[:, [self._label_index]]
        return bool(np.isfinite(pair).all() and np.ptp(pair, axis=0).max() > _ALIKE)


def _noise(samples: int) -> Samples:
    """As loud as speech."""
    return np.random.default_rng(1).normal(0.0, 0.1, samples).astype(np.float32)


class Verifier(Protocol):
    """Takes a second look."""

    def confidence(self, samples: Samples, score: float) -> float:
        """In [0, 1]: of audio with the whole word, and the first look's score."""


@dataclass(slots=True)
class _Candidate:
    """What may be the wake word, until it has been heard whole."""

    due: int
    """Sample at which it has."""
    score: float = 0.0
    """The best of the first looks."""


class AstWakeWordDetector:
    """Looks at the last window of the stream every hop, while someone may be speaking.

    In silence only raw audio is kept, one window of it, so that a word whose first sound was
    taken for silence is still seen whole.
    """

    def __init__(
        self,
        classifier: Classifier,
        settings: FeatureSettings,
        config: AstConfig,
        verifier: Verifier | None = None,
    ) -> None:
        self._classifier = classifier
        self._verifier = verifier
        self._config = config
        self._threshold = config.threshold
        self._stream = FeatureStream(settings, config.window_samples)
        refractory_samples = round(config.refractory_s * RATE_HZ)
        self._trigger = WakeTrigger(
            config.threshold if verifier is None else config.candidate,
            smoothing=config.smoothing,
            patience=config.patience,
            refractory_samples=refractory_samples if verifier is None else 0,
        )
        self._candidate: _Candidate | None = None
        self._latest = 0.0
        self._judged = 0.0
        self._deaf_until: int | None = None
        self.second_look: Detection | None = None
        """What the last second look made of its candidate, whether it counted or not."""
        self.near_miss: Detection | None = None
        """What was almost a detection, once it is over: for the chunk in which it is."""
        self._near_misses = NearMisses()
        self._heard: deque[Samples] = deque()
        self._hangover_samples = round(config.voice_hangover_s * RATE_HZ)
        self._position: int | None = None
        self._until_look = config.hop_samples
        self._quiet_samples = 0
        self._resting = True

    @classmethod
    def load(
        cls,
        config: AstConfig,
        pronounce: Callable[[str], str] | None = None,
    ) -> AstWakeWordDetector:
        """Load the checkpoint that `config.model` names and run it once, so that it is warm.

        `pronounce` gives the IPA of a wake word that is in no dictionary.

        Raises:
            ModelLoadError: It is missing, broken, not an AST or does not have the label; or the
                second look does not know how the label is pronounced.
        """
        began = time.monotonic()
        # What overflows is told in words.
        with np.errstate(all="ignore"):
            checkpoint = load_checkpoint(config.model, config.label, own_network=config.own_network)
            classifier = AstClassifier(checkpoint)
            verifier = PhoneVerifier.load(config.label, pronounce) if config.verify else None
            detector = cls(classifier, checkpoint.settings, config, verifier)
            noise = FeatureStream(checkpoint.settings, config.window_samples)
            noise.push(_noise(config.window_samples))
            hears = classifier.hears(detector._stream.features(), noise.features())
        if not hears:
            raise ModelLoadError(
                f"wake.model = {config.model!r}: it scores noise and silence alike, or not at all,"
                f' and would never wake: its files are damaged; `model = "{SHIPPED}"` is in order'
            )
        _LOGGER.info("wake word model %s: %.1f s", config.model, time.monotonic() - began)
        return detector

    @property
    def last_score(self) -> float:
        """Smoothed score of the last look, in [0, 1]; 0 while there is no voice to look at."""
        return self._trigger.score

    def set_speaking(self, speaking: bool) -> None:
        """Whether Marvin speaks and may hear itself: then `speaking_threshold` applies."""
        config = self._config
        self._threshold = config.speaking_threshold if speaking else config.threshold
        if self._verifier is None:
            self._trigger.threshold = self._threshold

    def process(self, chunk: AudioChunk, voice: bool) -> Detection | None:
        """Take the next chunk; `voice` says that someone may be speaking in or near it.

        A chunk that does not begin where the last one ended starts a new stream.
        """
        if chunk.start != self._position:
            self.reset()
            self._position = chunk.start
        self._rest_or_wake(voice)
        found: Detection | None = None
        taken = 0
        while taken < len(chunk.samples):
            step = min(self._until_look, len(chunk.samples) - taken)
            samples = chunk.samples[taken : taken + step]
            self._stream.push(samples)
            if self._verifier is not None:
                self._keep(samples)
            taken += step
            self._until_look -= step
            if self._until_look == 0:
                self._until_look = self._config.hop_samples
                if not self._resting:
                    heard = self._look(chunk.start + taken)
                    if found is None or (heard is not None and heard.score > found.score):
                        found = heard
                    if self._calm():
                        self._until_look = self._calm_step(chunk.behind_s)
        self._position = chunk.end
        near = self._near_misses.over(chunk.end)
        self.near_miss = None if near is None else self._detection(*near)
        self._quiet_samples = 0 if voice else self._quiet_samples + len(chunk.samples)
        return found

    def reset(self) -> None:
        """Forget the audio so far: nothing heard before counts."""
        self._stream.clear()
        self._trigger.reset()
        self._near_misses.reset()
        self._candidate = None
        self._judged = 0.0
        self._deaf_until = None
        self._heard.clear()
        self._until_look = self._config.hop_samples
        self._resting = True

    def _calm(self) -> bool:
        return self._candidate is None and self._latest < _CALM

    def _calm_step(self, behind_s: float) -> int:
        step = self._config.hop_samples * self._config.calm_hops
        if behind_s <= _BEHIND_S or self._config.calm_hops == 1:
            return step
        # A word that one look only sees the edge of is whole in the next, half a window later;
        # what overflows the microphone's backlog nobody sees.
        return max(step, self._config.window_samples // 2)

    def _rest_or_wake(self, voice: bool) -> None:
        if voice:
            self._resting = False
        elif not self._resting and self._quiet_samples >= self._hangover_samples:
            self._resting = True
            self._trigger.rest()
            self._candidate, self._judged = None, 0.0

    def _keep(self, samples: Samples) -> None:
        self._heard.append(samples)
        spare = sum(map(len, self._heard)) - HEARD_SAMPLES
        while spare >= len(self._heard[0]):
            spare -= len(self._heard.popleft())

    def _look(self, at: int) -> Detection | None:
        score = self._latest = self._classifier.score(self._stream.features())
        crossed = self._trigger.update(score, at)
        if self._verifier is None:
            self._near_misses.look(self._trigger.steady, self._threshold, at)
            return self._detection(self._trigger.steady, at) if crossed else None
        if self._trigger.score < self._config.candidate:
            self._judged = 0.0
        if crossed and self._candidate is None and self._trigger.score > self._judged + _RISE:
            # Again only when the score has risen: the same sound does not get better by waiting.
            self._candidate = _Candidate(at + round(_SETTLE_S * RATE_HZ))
        if self._candidate is None:
            return None
        self._candidate.score = max(self._candidate.score, self._trigger.score)
        if at < self._candidate.due:
            return None
        candidate, self._candidate = self._candidate, None
        self._judged = max(self._judged, candidate.score)
        if self._deaf_until is not None and at < self._deaf_until:
            return None
        return self._verified(candidate.score, at, self._verifier)

    def _verified(self, score: float, at: int, verifier: Verifier) -> Detection | None:
        heard = np.concatenate(self._heard)[-HEARD_SAMPLES:]
        confidence = verifier.confidence(heard, score)
        _LOGGER.debug("first look %.2f, second %.2f", score, confidence)
        self._near_misses.look(confidence, self._threshold, at)
        self.second_look = self._detection(confidence, at)
        if confidence < self._threshold:
            return None
        self._deaf_until = at + round(self._config.refractory_s * RATE_HZ)
        return self.second_look

    def _detection(self, score: float, at: int) -> Detection:
        return Detection(self._config.label, min(1.0, score), at)
