"""What the loudspeaker played, as the echo canceller looks it up."""

import math
import threading
from collections import deque

import numpy as np

from marvin.audio.resample import Resampler
from marvin.types import RATE_HZ, AudioChunk, Samples

_LEAK = 2e-4
"""Follows clocks that differ by up to 200 ppm."""
_JUMP_S = 0.25
"""A stream whose time jumps by this much, in seconds, was interrupted."""


_REACH = 8
"""Samples on either side that one between two samples is made of."""


_NOTES = 1000
"""Twenty seconds of blocks, should nobody listen."""


class StreamClock:
    """When the samples of a stream pass, from the times at which it was seen, which are late by
    chance: the earliest one counts."""

    def __init__(self, latest_s: float = math.inf) -> None:
        """What is later than expected by `latest_s` is another stream, in seconds."""
        self._latest_s = latest_s
        self.zero_s: float | None = None
        """Time of the stream's position 0; None before it was seen."""
        self._seen_s = 0.0

    def tick(self, position_s: float, at_s: float) -> bool:
        """Position `position_s` passed no later than `at_s`; False if the stream has jumped."""
        zero_s = at_s - position_s
        if self.zero_s is None:
            self.zero_s = zero_s
        expected_s = self.zero_s + _LEAK * max(0.0, at_s - self._seen_s)
        self._seen_s = at_s
        steady = -_JUMP_S < zero_s - expected_s < self._latest_s
        self.zero_s = min(zero_s, expected_s) if steady else zero_s
        return steady


class Reference:
    """The last seconds of playback at RATE_HZ, zero where nothing was played.

    `play` may be called by the audio thread; it only takes note. The rest runs on one thread.
    """

    def __init__(self, length_s: float) -> None:
        self._ring: Samples = np.zeros(round(length_s * RATE_HZ), np.float32)
        self._lock = threading.Lock()
        self._notes: deque[tuple[AudioChunk, float]] = deque(maxlen=_NOTES)
        self._resampler: Resampler | None = None
        self._next = 0
        """Position of the next chunk of this run of chunks, at its own rate."""
        self.clock = StreamClock(_JUMP_S)
        self.end = 0
        """Position after the last sample."""
        self.restarts = 0
        """Times the stream began anew: the device was reopened, or stood still."""

    def play(self, chunk: AudioChunk, heard_at_s: float) -> None:
        """`chunk.start` counts all samples since the device was opened, silence included.
        `heard_at_s`: when its first sample is heard."""
        with self._lock:
            self._notes.append((chunk, heard_at_s))

    def update(self) -> None:
        """Take over what was noted."""
        while self._notes:
            with self._lock:
                chunk, at_s = self._notes.popleft()
            position = round(chunk.start * RATE_HZ / chunk.rate_hz)
            if not self.clock.tick(chunk.start / chunk.rate_hz, at_s):
                self._restart()
            if self._resampler is None or chunk.start != self._next:
                self.finish()
                self._resampler = Resampler(chunk.rate_hz, RATE_HZ)
                self._put_at(position, np.zeros(0, np.float32))
            self._next = chunk.end
            self._put_at(self.end, self._resampler.process(chunk.samples))

    def between(self, start: float, count: int) -> Samples:
        """`count` samples from `start` on, which may lie between two; zero where nothing was
        played, or is not known any more or yet."""
        whole = math.floor(start)
        kernel = _between(start - whole)
        samples = self._whole(whole - _REACH + 1, whole + count + _REACH)
        return np.convolve(samples, kernel, "valid").astype(np.float32)

    def _whole(self, start: int, end: int) -> Samples:
        out = np.zeros(end - start, np.float32)
        oldest = max(start, self.end - len(self._ring), 0)
        newest = min(end, self.end)
        if oldest < newest:
            wanted = np.arange(oldest, newest) % len(self._ring)
            out[oldest - start : newest - start] = self._ring[wanted]
        return out

    def _restart(self) -> None:
        self._ring[:] = 0.0
        self._resampler = None
        self.end = 0
        self.restarts += 1

    def finish(self) -> None:
        """A pause: flush the resampler."""
        if self._resampler is not None:
            self._put_at(self.end, self._resampler.finish())
            self._resampler = None

    def _put_at(self, position: int, samples: Samples) -> None:
        """Append at `position`, after silence up to it."""
        size = len(self._ring)
        gap = min(max(0, position - self.end), size)
        self._write(position - gap, np.zeros(gap, np.float32))
        self._write(position, samples[-size:])
        self.end = position + len(samples)

    def _write(self, position: int, samples: Samples) -> None:
        self._ring[np.arange(position, position + len(samples)) % len(self._ring)] = samples


def _between(part: float) -> Samples:
    """Convolved with samples, it gives those a part of a sample later."""
    times = np.arange(-_REACH, _REACH) + part
    kernel: Samples = np.sinc(times) * np.cos(np.pi * times / (2 * _REACH + 1)) ** 2
    return kernel.astype(np.float32)
