"""Retry delays and the clock for sound device outages."""

import time
from collections.abc import Iterator

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
