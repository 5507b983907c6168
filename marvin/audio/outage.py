"""How long a device is waited for, and by which clock an outage is measured."""

import time
from collections.abc import Iterator

_FIRST_S = 0.2
_LONGEST_S = 4.0
"""What comes back is heard again in less than 5 s, however long it was away."""

HUNG_S = 15.0
"""A call that does not return for so long, in seconds, never will: only a new process helps.

Half as long again as a device may take to open, so that a slow machine is no dead one."""


def delays_s() -> Iterator[float]:
    """Pauses between the attempts to open a device, in seconds; they never end."""
    delay_s = _FIRST_S
    while True:
        yield delay_s
        delay_s = min(_LONGEST_S, 2 * delay_s)


def clock_s() -> float:
    """Seconds that only go forward, and go on while the machine sleeps."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    # Where there is no such clock (macOS), this one counts sleep.
    if hasattr(time, "CLOCK_MONOTONIC"):
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()
