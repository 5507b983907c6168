"""Hears "stop" on its own, without the wake word, by pocketsphinx's phone models.

Only a short stretch of speech between two silences is looked at. That makes chance resemblances
rare, and it means that the word is only heard where Marvin's own voice does not fill the
microphone: with headphones, with an echo-cancelled source, and between two rings of a timer.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from marvin.wake.verifier import PhoneVerifier

WORD = "stop"

_SHORTEST_S, _LONGEST_S = 0.12, 0.9
"""Length of the word by voice activity, which lasts a little longer than the voice."""
_BEFORE_S, _AFTER_S = 0.28, 0.2
"""Silence before and after it."""
_WINDOW_S = 1.4
"""Audio that is compared with the word, up to the end of the silence after it."""
_LEAST = 0.06
"""Least confidence. The word is short, so its evidence is weaker than a wake word's, and a false
alarm only ends a reply."""
_EVEN = 0.5
"""First-stage score that says nothing, as there is no first stage."""


class StopWord:
    """Follows the microphone chunk by chunk."""

    def __init__(self, verifier: PhoneVerifier) -> None:
        self._verifier = verifier
        self._audio: deque[Samples] = deque(maxlen=round(_WINDOW_S * RATE_HZ / CHUNK_SAMPLES))
        self.reset()

    @classmethod
    def load(cls) -> StopWord:
        """Raises ModelLoadError."""
        return cls(PhoneVerifier.load(WORD))

    def reset(self) -> None:
        """Forget all audio so far."""
        self._audio.clear()
        self._before_s = self._speech_s = self._after_s = 0.0

    def process(self, chunk: AudioChunk, *, speech: bool) -> bool:
        """Process the next chunk; `speech`: somebody speaks in it. Returns whether it ends the
        silence after the word."""
        self._audio.append(chunk.samples)
        if speech:
            if self._after_s >= _AFTER_S:
                self._before_s, self._speech_s = self._after_s, 0.0
            self._speech_s += self._after_s if self._speech_s else 0.0
            self._speech_s += chunk.duration_s
            self._after_s = 0.0
            return False
        waited = self._after_s >= _AFTER_S
        self._after_s += chunk.duration_s
        alone = self._before_s >= _BEFORE_S and _SHORTEST_S <= self._speech_s <= _LONGEST_S
        if waited or self._after_s < _AFTER_S or not alone:
            return False
        return self._verifier.verify(np.concatenate(self._audio), _EVEN).confidence >= _LEAST
