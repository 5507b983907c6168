"""Sizes the windows of a streamed sentence, so that playback does not run dry."""

import time
from collections.abc import Callable, Iterator

from marvin.types import Samples

_FIRST = 12
"""Frames in the first window: a fifth of a second at 16 ms per frame."""
_GROWTH = 2.0
"""Maximum growth from one window to the next."""
_SPARE = 0.7
"""A window must be computed within this fraction of the previous one's duration."""


class Pace:
    """Measures a voice's real-time factor, and derives window sizes from it."""

    def __init__(self, rate_hz: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self._rate_hz = rate_hz
        self._clock = clock
        self.work: float | None = None
        """Real-time factor: seconds of work per second of speech; None until something was spoken.
        """

    def forget(self) -> None:
        self.work = None

    def timed(self, windows: Iterator[Samples]) -> Iterator[Samples]:
        """Pass the windows of a piece through, and update the real-time factor."""
        count, work_s = 0, 0.0
        began = self._clock()
        for samples in windows:
            work_s += self._clock() - began
            count += len(samples)
            yield samples
            began = self._clock()
        self._update(count, work_s)

    def run(self, compute: Callable[[], Samples]) -> Samples:
        """The same for a piece that is computed as a whole."""
        began = self._clock()
        samples = compute()
        self._update(len(samples), self._clock() - began)
        return samples

    def _update(self, count: int, work_s: float) -> None:
        if count:
            work = work_s / (count / self._rate_hz)
            self.work = work if self.work is None else (work + self.work) / 2

    def sizes(self) -> Iterator[int]:
        """Frames per window; empty if the machine is too slow for streaming."""
        if self.work is None or self.work >= _SPARE:
            return
        growth = min(_GROWTH, _SPARE / max(self.work, 1e-6))
        size = float(_FIRST)
        while True:
            yield int(size)
            size *= growth
