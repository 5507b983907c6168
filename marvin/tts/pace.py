"""How early a machine may give out the beginning of a sentence, so that the rest comes in time."""

import time
from collections.abc import Callable, Iterator

from marvin.types import Samples

_FIRST = 12
"""Frames of the first window: with 16 ms each a fifth of a second."""
_GROWTH = 2.0
"""A window is so many times as long as the one before, at most."""
_SPARE = 0.7
"""A window is made in so much of the time in which the one before is heard."""


class Pace:
    """What a voice's work takes here, and how long its windows may be for that."""

    def __init__(self, rate_hz: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self._rate_hz = rate_hz
        self._clock = clock
        self._work: float | None = None
        """Seconds of work for a second of speech; not known yet."""

    def forget(self) -> None:
        """Nothing is known."""
        self._work = None

    def timed(self, windows: Iterator[Samples]) -> Iterator[Samples]:
        """The windows of a piece. What they take is learned from."""
        count, work_s = 0, 0.0
        began = self._clock()
        for samples in windows:
            work_s += self._clock() - began
            count += len(samples)
            yield samples
            began = self._clock()
        if count:
            work = work_s / (count / self._rate_hz)
            self._work = work if self._work is None else (work + self._work) / 2

    def sizes(self) -> Iterator[int]:
        """Frames of one window after the other; none where the loudspeaker would run dry."""
        if self._work is None or self._work >= _SPARE:
            return
        growth = min(_GROWTH, _SPARE / max(self._work, 1e-6))
        size = float(_FIRST)
        while True:
            yield int(size)
            size *= growth
