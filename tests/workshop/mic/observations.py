"""Observations without an ear, for testing pure decisions."""

import numpy as np

from marvin.conversation.ear import HeardChunk
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Detection
from marvin.workshop.test_mic.observing import Observation

CHUNK_S = CHUNK_SAMPLES / RATE_HZ


class Stream:
    """Consecutive chunks; `position` is the start of the next one."""

    def __init__(self) -> None:
        self.position = 0

    def chunk(self, level: float = 0.0) -> AudioChunk:
        chunk = AudioChunk(np.full(CHUNK_SAMPLES, level, np.float32), start=self.position)
        self.position = chunk.end
        return chunk

    def observe(
        self,
        score: float = 0.0,
        *,
        voice: bool = False,
        detected: float | None = None,
        second: float | None = None,
    ) -> Observation:
        """A chunk; `detected` and `second` are scores of a detection and of a second look."""
        chunk = self.chunk(0.1 if voice else 0.001)
        level, floor = (-20.0, -60.0) if voice else (-60.0, -60.0)
        found = None if detected is None else Detection("marvin", detected, chunk.end)
        looked = None if second is None else Detection("marvin", second, chunk.end)
        heard = HeardChunk(chunk, 1.0 if voice else 0.0, level, floor, found)
        return Observation(heard, score, looked)
