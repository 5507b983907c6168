"""A clock that is not affected when the system time is set."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Counts while the machine sleeps; on macOS the monotonic clock does too."""


def boot_s() -> float:
    return time.clock_gettime(_BOOT_CLOCK)


def wall_clock() -> datetime:
    return datetime.now(UTC)


class SteadyClock:
    """The wall clock at creation plus the time that has elapsed since."""

    def __init__(
        self, elapsed_s: Callable[[], float] = boot_s, wall: Callable[[], datetime] = wall_clock
    ) -> None:
        self._elapsed_s = elapsed_s
        self._wall = wall
        self._start, self._start_s = wall(), elapsed_s()

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed_s() - self._start_s)

    def moved(self) -> timedelta:
        """By how many whole seconds the wall clock has been set ahead since creation."""
        return timedelta(seconds=round((self._wall() - self()).total_seconds()))
