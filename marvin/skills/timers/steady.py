"""A clock that nobody sets."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Counts while the machine sleeps; on macOS the monotonic clock does, too."""


def boot_s() -> float:
    """Seconds since the machine was started."""
    return time.clock_gettime(_BOOT_CLOCK)


def wall_clock() -> datetime:
    """What the machine takes for the time, in UTC."""
    return datetime.now(UTC)


class SteadyClock:
    """The wall clock as it was once, and the time that has really passed since then."""

    def __init__(
        self, elapsed_s: Callable[[], float] = boot_s, wall: Callable[[], datetime] = wall_clock
    ) -> None:
        self._elapsed_s = elapsed_s
        self._wall = wall
        self._start, self._start_s = wall(), elapsed_s()

    def __call__(self) -> datetime:
        """Now, in UTC."""
        return self._start + timedelta(seconds=self._elapsed_s() - self._start_s)

    def moved(self) -> timedelta:
        """How far the wall clock has been set ahead since then, to the second."""
        return timedelta(seconds=round((self._wall() - self()).total_seconds()))
