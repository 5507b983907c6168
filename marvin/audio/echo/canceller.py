"""Removes Marvin's own voice from what the microphone hears."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from marvin.audio.echo.alignment import MARGIN, Alignment
from marvin.audio.echo.delay import EARLIEST, LATEST, WINDOW, DelayFinder
from marvin.audio.echo.reference import Reference, StreamClock
from marvin.pcm import to_float32, to_int16
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

_LOGGER = logging.getLogger(__name__)

TAIL_S = 0.25
"""The longest echo that is cancelled, in seconds."""
_TAIL = round(TAIL_S * RATE_HZ)
_LOOK_EVERY = RATE_HZ // 2
_TRAINED_ON = 2 * RATE_HZ
"""Audio that a new filter learns from at once, in samples."""
_PASSES = 3
_REFERENCE_S = 12.0
_NONE = 16
"""Looks in vain after which there is no echo: in a room, it is found after two to four."""
_AUDIBLE = 1e-3
"""RMS of playback that has an echo worth looking for."""

Int16 = NDArray[np.int16]


class EchoFilter(Protocol):
    def process(self, microphone: Int16, reference: Int16) -> Int16:
        """`microphone` without the echo of `reference`, which it learns meanwhile."""


class EchoCanceller:
    """Between the microphone and the ear. `play` may run on any thread, `clean` on one at a time.

    Both ends count samples; the clock only says roughly where they meet, the echo itself exactly.
    """

    def __init__(
        self, new_filter: Callable[[], EchoFilter], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._new_filter = new_filter
        self._clock = clock
        self._filter = new_filter()
        self._reference = Reference(_REFERENCE_S)
        self._restarts = 0
        self._microphone = StreamClock()
        self._heard: Samples = np.zeros(0, np.float32)
        """The last of what the microphone heard while Marvin spoke."""
        self._next = 0
        """Position after the last chunk."""
        self._alignment = Alignment()
        self._finder = DelayFinder()
        self._found = False
        """There is an echo: a headset has none, and a filter could only do harm."""
        self._look_in = 0
        self._missed = 0
        """How often it was looked for, and not found."""

    @property
    def clear(self) -> bool:
        """Whether the echo is removed, or was looked for so long that there is none."""
        return self._found or self._missed >= _NONE

    def play(self, chunk: AudioChunk, heard_at_s: float) -> None:
        """Tell what the loudspeaker plays. `chunk.start` counts all samples since the device was
        opened, silence included; `heard_at_s`: when the first is heard, on the same clock."""
        self._reference.play(chunk, heard_at_s)

    def clean(self, chunk: AudioChunk) -> AudioChunk:
        """The chunk without the echo; the chunk itself while there is none."""
        self._reference.update()
        arrived_s = self._clock() - chunk.behind_s
        steady = self._microphone.tick(chunk.end / RATE_HZ, arrived_s) and chunk.start == self._next
        self._next = chunk.end
        nominal = self._nominal(steady)
        if len(chunk.samples) != CHUNK_SAMPLES or nominal is None:
            return chunk
        if chunk.start + self._alignment.at(chunk.start) - _TAIL >= self._reference.end:
            self._reference.finish()
            self._heard = self._heard[:0]
            return chunk
        self._heard = np.concatenate((self._heard, chunk.samples))[-_TRAINED_ON:]
        self._align(chunk, nominal)
        if not self._found:
            return chunk
        return replace(chunk, samples=self._filtered(chunk.start, chunk.samples))

    def _nominal(self, steady: bool) -> float | None:
        """Where the streams meet by the clocks, once anything was played."""
        if not steady:
            self._heard = self._heard[:0]
            self._finder.reset()
        played, heard = self._reference.clock.zero_s, self._microphone.zero_s
        if played is None or heard is None:
            return None
        nominal = (heard - played) * RATE_HZ
        restarted = self._restarts != self._reference.restarts
        # Amid speech, only the echo itself moves it.
        if restarted or len(self._heard) == 0:
            self._restarts = self._reference.restarts
            self._found = self._found and not restarted
            self._missed *= not restarted
            if self._alignment.anchor(self._next, nominal, anew=restarted):
                self._finder.forget()
        return nominal

    def _align(self, chunk: AudioChunk, nominal: float) -> None:
        """Look for the echo, and follow it."""
        self._look_in -= len(chunk.samples)
        if self._look_in > 0 or len(self._heard) < WINDOW:
            return
        self._look_in = _LOOK_EVERY
        start = chunk.end - WINDOW
        shift = self._alignment.at(start)
        played = self._reference.between(start + shift - LATEST, WINDOW + LATEST - EARLIEST)
        if float(np.vdot(played, played)) < _AUDIBLE**2 * len(played):
            return
        delay = self._finder.look(self._heard[-WINDOW:], played)
        if delay is None:
            self._missed += 1
            return
        first, self._found = not self._found, True
        if self._alignment.misplaced(delay):
            _LOGGER.debug("the echo is %.1f ms late", 1e3 * (delay - MARGIN) / RATE_HZ)
            self._alignment.move(start, delay, nominal)
            self._finder.forget()
            self._learn(chunk.start)
        else:
            self._finder.learn(delay)
            if self._alignment.follow(start, delay, nominal) or first:
                self._learn(chunk.start)

    def _learn(self, end: int) -> None:
        """Begin with a new filter, from what was heard before `end`."""
        known = self._heard[:-CHUNK_SAMPLES]
        self._filter = self._new_filter()
        for _ in range(_PASSES):
            self._filtered(end - len(known), known)

    def _filtered(self, start: int, samples: Samples) -> Samples:
        references = [
            self._reference.between(at + self._alignment.at(at), CHUNK_SAMPLES)
            for at in range(start, start + len(samples), CHUNK_SAMPLES)
        ]
        reference = to_int16(np.concatenate(references))
        return to_float32(self._filter.process(to_int16(samples), reference))
