"""Which part of the reference belongs to which part of the microphone's audio."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from marvin.types import RATE_HZ

MARGIN = RATE_HZ // 50
"""How long before the echo the filter sees the reference, in samples: the strongest path, which the
delay is taken from, may not be the first."""
_EARLY, _LATE = MARGIN // 4, 3 * MARGIN
"""Delays of the echo in the filter that need no change: after one, it has to learn again."""
_UNCERTAIN = 3 * MARGIN
"""Clocks that disagree by less are not believed, in samples: the echo itself tells better."""
_JUMP = RATE_HZ // 500
"""More is no drift, in samples: audio was lost, or something moved."""
_LOOKS = 60
_ENOUGH = 5
"""Looks that show a drift."""
_FASTEST = 3e-4
"""No two clocks differ by more, in samples per sample."""
_SCATTER = 1.0
"""Of the delays around a line, in samples; more comes of a room with no clear strongest path."""
_SIGNIFICANT = 4.0
"""A drift differs from the known one by this many standard errors, or it is the known one."""
_RELEARN = 1e-5
"""A filter that learned with a drift wrong by more, in samples per sample, learns again."""


class Alignment:
    """A line through the delays that were found: two clocks drift apart."""

    def __init__(self) -> None:
        self._base: float | None = None
        """From a position of the microphone to the reference's that the filter sees with it."""
        self._origin = 0
        self._rate = 0.0
        """Change of `_base` for each sample."""
        self._extra = 0.0
        """Of it, what the clocks do not explain: the devices report their latency badly."""
        self._lock: float | None = None
        """The delay of the echo in the filter that it has learned."""
        self._looks: deque[tuple[int, float]] = deque(maxlen=_LOOKS)

    def at(self, position: int) -> float:
        assert self._base is not None
        return self._base + self._rate * (position - self._origin)

    def anchor(self, position: int, nominal: float, *, anew: bool) -> bool:
        """Meet where the clocks say, unless that is known better; whether that changed it."""
        shift = nominal + MARGIN + self._extra
        if not (anew or self._base is None or abs(shift - self.at(position)) > _UNCERTAIN):
            return False
        self._set(position, shift)
        return True

    def misplaced(self, delay: float) -> bool:
        """Whether the filter sees an echo with this delay too early or too late, or elsewhere than
        it has learned."""
        jumped = self._lock is not None and abs(delay - self._lock) > _JUMP
        return jumped or not _EARLY <= delay <= _LATE

    def move(self, position: int, delay: float, nominal: float) -> None:
        """Give the echo, which was found with this delay, the usual one."""
        self._set(position, self.at(position) + MARGIN - delay)
        self._extra = self.at(position) - MARGIN - nominal

    def follow(self, position: int, delay: float, nominal: float) -> bool:
        """Follow the drift; whether it is another than the filter has learned with."""
        if self._lock is None:
            self._lock = delay
        self._looks.append((position, self.at(position) - delay))
        before = self._rate
        if len(self._looks) >= _ENOUGH:
            self._lay_line(position, self._lock)
        self._extra = self.at(position) - MARGIN - nominal
        return abs(self._rate - before) > _RELEARN

    def _set(self, position: int, shift: float) -> None:
        self._base, self._origin = shift, position
        self._lock = None
        self._looks.clear()

    def _lay_line(self, position: int, lock: float) -> None:
        """Through what was found, where it is one."""
        positions, shifts = np.array(self._looks).T
        rate = _slope(positions, shifts, self._rate)
        line = shifts.mean() + rate * (positions - positions.mean())
        if abs(rate) <= _FASTEST and np.std(shifts - line) <= _SCATTER:
            self._rate, self._origin = rate, position
            self._base = float(line[-1]) + lock


def _slope(positions: NDArray[np.float64], shifts: NDArray[np.float64], known: float) -> float:
    """Of the line through the points."""
    away = positions - positions.mean()
    spread = float(away @ away)
    slope = float(away @ shifts) / spread
    rest = shifts - shifts.mean() - slope * away
    error = (float(rest @ rest) / (len(rest) - 2) / spread) ** 0.5
    return slope if abs(slope - known) > _SIGNIFICANT * error else known
