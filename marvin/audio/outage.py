"""Outages of sound devices: retry delays, their clock, and reports."""

import logging
import time
from collections.abc import Callable, Iterator

from marvin.audio.devices import Direction
from marvin.events import DeviceBack, DeviceLost, Event

_LOGGER = logging.getLogger(__name__)

_FIRST_S = 0.2
_LONGEST_S = 4.0
"""A device that is back works again within 5 s, however long the outage was."""

HUNG_S = 15.0
"""A call that does not return for this long, in seconds, never will: the process must restart.

1.5 times the time limit for opening a device, so that a slow machine does not count as hung."""


def delays_s() -> Iterator[float]:
    """Endless delays between attempts to reopen a device, in seconds."""
    delay_s = _FIRST_S
    while True:
        yield delay_s
        delay_s = min(_LONGEST_S, 2 * delay_s)


def clock_s() -> float:
    """A monotonic clock in seconds that includes system sleep."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    # macOS has no CLOCK_BOOTTIME, but its CLOCK_MONOTONIC includes sleep.
    if hasattr(time, "CLOCK_MONOTONIC"):
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


class Outages:
    """Counts and reports the outages of one microphone or speaker."""

    def __init__(
        self,
        direction: Direction,
        report: Callable[[Event], None],
        clock: Callable[[], float] = clock_s,
    ) -> None:
        self.away = False
        self.count = 0
        self._direction = direction
        self._report = report
        self._clock = clock
        self._since_s = 0.0

    def lost(self, device: str, reason: str, since_s: float) -> None:
        """Report the outage, unless it has been."""
        if self.away:
            return
        self.away, self._since_s = True, since_s
        self.count += 1
        _LOGGER.warning("lost the %s %r: %s; trying to reopen it", self._name, device, reason)
        self._report(DeviceLost(self._direction.value, device, reason))

    def back(self, device: str) -> None:
        """Report its end, if it was reported."""
        if not self.away:
            return
        self.away = False
        away_s = self._clock() - self._since_s
        _LOGGER.warning("the %s %r is back after %.1f s", self._name, device, away_s)
        self._report(DeviceBack(self._direction.value, device, away_s))

    @property
    def _name(self) -> str:
        return "microphone" if self._direction is Direction.INPUT else "speaker"
