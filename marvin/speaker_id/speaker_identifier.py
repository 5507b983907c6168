"""Compares the voice of an utterance with the enrolled ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

from marvin.cancellation import CancelToken
from marvin.speaker_id.speech_part import speech_part
from marvin.types import RATE_HZ, Identification, Samples, Utterance

if TYPE_CHECKING:
    from marvin.config.speaker_id import EcapaConfig
    from marvin.speaker_id.voiceprints import Voiceprints


_MOST_SAMPLES = 8 * RATE_HZ
"""More speech takes longer and tells little more."""


POSSIBLE = 0.5
"""Share of the threshold from which it may be the person."""


class SpeakerEncoder(Protocol):
    """What an engine of [speaker_id] does."""

    model: str

    def embed(self, samples: Samples, token: CancelToken) -> Samples:
        """The voice in speech at RATE_HZ, as a vector of length 1. Raises Cancelled."""


class VoiceprintIdentifier:
    """Names the person whose voice is most like the utterance's, or nobody: a wrong name is worse
    than none."""

    def __init__(
        self, encoder: SpeakerEncoder, voiceprints: Voiceprints, config: EcapaConfig
    ) -> None:
        self._encoder = encoder
        self._voiceprints = voiceprints
        self._config = config

    def warm(self) -> None:
        """Makes the first call as fast as later ones."""
        rng = np.random.default_rng(0)
        noise = rng.standard_normal(RATE_HZ).astype(np.float32)
        self._encoder.embed(noise, CancelToken())

    def identify(self, utterance: Utterance, token: CancelToken) -> Identification:
        """Raises Cancelled."""
        # Without a wake word, voice activity tells how much was said, also in noise.
        most_s = math.inf if utterance.wake_score else utterance.speech_s
        return self.identify_samples(utterance.samples, token, most_s)

    def identify_samples(
        self, samples: Samples, token: CancelToken, most_s: float = math.inf
    ) -> Identification:
        """`most_s`: seconds of speech at most. Raises Cancelled."""
        known = [one for one in self._voiceprints.known() if one.model == self._encoder.model]
        if not known:
            return Identification()
        part = speech_part(samples)
        if min(part.speech_s, most_s) < self._config.min_speech_s:
            return Identification(enough=False)
        embedding = self._encoder.embed(part.samples[:_MOST_SAMPLES], token)
        ranked = sorted(((one.likeness(embedding), one) for one in known), key=lambda at: -at[0])
        likeness, best = ranked[0]
        second = ranked[1][0] if len(ranked) > 1 else -1.0
        sure = likeness >= self._config.threshold and likeness - second >= self._config.margin
        possible = likeness >= self._config.threshold * POSSIBLE
        return Identification(
            best.person if sure else None,
            best.person if possible and not sure else None,
            likeness=likeness,
            nearest=best.name,
        )
