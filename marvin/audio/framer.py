"""Converts device blocks to pipeline chunks."""

from collections.abc import Iterator

import numpy as np

from marvin.audio.resample import Resampler
from marvin.pcm import finite
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples


class Framer:
    """Resamples device blocks and cuts them into chunks; positions reflect gaps."""

    def __init__(self, rate_hz: int, start: int = 0) -> None:
        """`start`: position of the first sample, in samples at RATE_HZ."""
        self._rate_hz = rate_hz
        self._first = start
        self._resampler = Resampler(rate_hz, RATE_HZ)
        self._rest: Samples = np.zeros(0, np.float32)
        self._start = start
        """Position of `_rest`, in samples at RATE_HZ."""
        self._expected = 0
        """Position of the next block if nothing is lost, at the device's sample rate."""

    def push(self, position: int, block: Samples, behind_s: float = 0.0) -> Iterator[AudioChunk]:
        """The chunks completed by this block; `behind_s` is the backlog behind it, in seconds."""
        if position != self._expected:
            # A chunk never spans a gap.
            self._resampler = Resampler(self._rate_hz, RATE_HZ)
            self._rest = np.zeros(0, np.float32)
            self._start = self._first + round(position * RATE_HZ / self._rate_hz)
        self._expected = position + len(block)
        samples = np.concatenate((self._rest, self._resampler.process(finite(block))))
        at = 0
        while len(samples) - at >= CHUNK_SAMPLES:
            yield AudioChunk(samples[at : at + CHUNK_SAMPLES], RATE_HZ, self._start, behind_s)
            at += CHUNK_SAMPLES
            self._start += CHUNK_SAMPLES
        self._rest = samples[at:]
