"""Wake word detection by an Audio Spectrogram Transformer: the `ast` engine."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from marvin.config.wake import SHIPPED, AstConfig
from marvin.errors import ModelLoadError
from marvin.types import RATE_HZ, AudioChunk, Detection, Samples
from marvin.wake.ast.ast_checkpoint import Checkpoint, load_checkpoint
from marvin.wake.ast.detector import WakeTrigger
from marvin.wake.ast.features import Features, FeatureSettings, FeatureStream
from marvin.wake.ast.near_miss import NearMisses
from marvin.wake.verifier import HEARD_SAMPLES, PhoneVerifier, Verification

_LOGGER = logging.getLogger(__name__)

_SETTLE_S = 0.2
"""The score crosses the threshold before the end of the word: delay until it is complete, in s."""

_RISE = 0.02
"""Rise in score that justifies verifying again."""

_CALM = 0.02
"""Below this score nothing resembles the wake word, and the next window can wait."""

_ALIKE = 1e-6
"""Smaller differences between outputs are rounding errors."""

_BEHIND_S = 0.3
"""With a larger backlog, in seconds, the machine is too busy to score every window."""


class Classifier(Protocol):
    def score(self, features: Features) -> float:
        """Probability in [0, 1] that features of shape (frames, mel bins) hold the wake word."""


class AstClassifier:
    """A loaded checkpoint and its wake label."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._forward = checkpoint.forward
        self._label_index = checkpoint.label_index
        self._multi_label = checkpoint.multi_label

    def score(self, features: Features) -> float:
        """Softmax probability of the label; sigmoid for multi-label checkpoints."""
        logits = self._forward(features).astype(np.float64)
        logit = logits[self._label_index]
        if self._multi_label:
            return float(1.0 / (1.0 + np.exp(-logit)))
        return float(1.0 / np.exp(logits - logit).sum())

    def hears(self, one: Features, other: Features) -> bool:
        """Whether the outputs differ: a model with constant or NaN outputs would never wake."""
        pair = np.stack([self._forward(one), self._forward(other)])
        if self._multi_label:
            # Other labels do not affect the score.
            pair = pair[:, [self._label_index]]
        return bool(np.isfinite(pair).all() and np.ptp(pair, axis=0).max() > _ALIKE)


def _noise(samples: int) -> Samples:
    """White noise as loud as speech."""
    return np.random.default_rng(1).normal(0.0, 0.1, samples).astype(np.float32)


class Verifier(Protocol):
    def verify(self, samples: Samples, score: float) -> Verification:
        """Judge audio with the whole word, by it and the first-stage score."""


@dataclass(slots=True)
class _Candidate:
    """A possible wake word, waiting for the rest of the word before verification."""

    due: int
    """Sample position for verification."""
    score: float = 0.0
    """Best first-stage score."""


class AstWakeWordDetector:
    """Scores the last window of the stream at every hop while someone may be speaking.

    During silence it only keeps one window of raw audio, so that a word is still scored whole if
    voice activity detection misses its beginning.
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
        self._verified_score = 0.0
        self._refractory_until: int | None = None
        self.second_look: Detection | None = None
        """Result of the last verification, accepted or not."""
        self.near_miss: Detection | None = None
        """A near miss that ended in the current chunk."""
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
        """Load the checkpoint `config.model` and warm it up.

        `pronounce` gives the IPA of a wake word that is not in the dictionary.

        Raises:
            ModelLoadError: The checkpoint is missing, broken or not an AST, or lacks the label; or
                the verifier has no pronunciation for the label.
        """
        began = time.monotonic()
        # Overflow is reported below.
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
                f' and would never wake: its files are damaged; `model = "{SHIPPED[0]}"` works'
            )
        _LOGGER.info("wake word model %s: %.1f s", config.model, time.monotonic() - began)
        return detector

    @property
    def last_score(self) -> float:
        """Smoothed score of the last window, in [0, 1]; 0 during silence."""
        return self._trigger.score

    def set_speaking(self, speaking: bool) -> None:
        """Marvin may hear itself while speaking: `speaking_threshold` applies then."""
        config = self._config
        self._threshold = config.speaking_threshold if speaking else config.threshold
        if self._verifier is None:
            self._trigger.threshold = self._threshold

    def process(self, chunk: AudioChunk, voice: bool) -> Detection | None:
        """`voice`: someone may be speaking in or near the chunk.

        A chunk that does not start where the last one ended begins a new stream.
        """
        if chunk.start != self._position:
            self.reset()
            self._position = chunk.start
        self._update_resting(voice)
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
        self._stream.clear()
        self._trigger.reset()
        self._near_misses.reset()
        self._candidate = None
        self._verified_score = 0.0
        self._refractory_until = None
        self._heard.clear()
        self._until_look = self._config.hop_samples
        self._resting = True

    def _calm(self) -> bool:
        return self._candidate is None and self._latest < _CALM

    def _calm_step(self, behind_s: float) -> int:
        step = self._config.hop_samples * self._config.calm_hops
        if behind_s <= _BEHIND_S or self._config.calm_hops == 1:
            return step
        # A word at the edge of one window is whole in the next, half a window later; audio that
        # overflows the microphone's backlog would be lost altogether.
        return max(step, self._config.window_samples // 2)

    def _update_resting(self, voice: bool) -> None:
        if voice:
            self._resting = False
        elif not self._resting and self._quiet_samples >= self._hangover_samples:
            self._resting = True
            self._trigger.rest()
            self._candidate, self._verified_score = None, 0.0

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
            self._verified_score = 0.0
        if (
            crossed
            and self._candidate is None
            and self._trigger.score > self._verified_score + _RISE
        ):
            # Verify again only if the score has risen: the same sound gives the same result.
            self._candidate = _Candidate(at + round(_SETTLE_S * RATE_HZ))
        if self._candidate is None:
            return None
        self._candidate.score = max(self._candidate.score, self._trigger.score)
        if at < self._candidate.due:
            return None
        candidate, self._candidate = self._candidate, None
        self._verified_score = max(self._verified_score, candidate.score)
        if self._refractory_until is not None and at < self._refractory_until:
            return None
        return self._verified(candidate.score, at, self._verifier)

    def _verified(self, score: float, at: int, verifier: Verifier) -> Detection | None:
        heard = np.concatenate(self._heard)[-HEARD_SAMPLES:]
        verification = verifier.verify(heard, score)
        confidence, end = verification.confidence, verification.end
        _LOGGER.debug("candidate score %.2f, verifier %.2f", score, confidence)
        self._near_misses.look(confidence, self._threshold, at)
        self.second_look = self._detection(confidence, at)
        if confidence < self._threshold:
            return None
        self._refractory_until = at + round(self._config.refractory_s * RATE_HZ)
        return replace(self.second_look, word_end=None if end is None else at - len(heard) + end)

    def _detection(self, score: float, at: int) -> Detection:
        return Detection(self._config.label, min(1.0, score), at)
