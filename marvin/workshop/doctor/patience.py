"""Distinguishes a hung thread from one slowed by a busy machine."""

import os
import threading
import time
from pathlib import Path

_MORE = 10.0
"""Factor for limits while a thread makes progress or the machine is busy."""
_BUSY = 1.5
"""Load per core from which the machine counts as busy."""
_LOAD = Path("/proc/loadavg")
_MOVED_S = 0.002
"""CPU time that shows progress of a thread."""


def busy() -> str:
    """A description of a high load; empty otherwise."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = _load()
    return f"a load of {load:.0f} on {cores} cores" if load > _BUSY * (cores or 1) else ""


def stretched(limit_s: float) -> float:
    """The limit, extended on a busy machine."""
    return limit_s * _MORE if busy() else limit_s


class Patience:
    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._clock: int | None = None
        self._computed_s = 0.0

    def watch(self) -> None:
        """Called by the thread itself: the CPU clock of an ended thread must not be read."""
        if hasattr(time, "pthread_getcpuclockid"):
            self._clock = time.pthread_getcpuclockid(threading.get_ident())
            self._computed_s = self._read()

    def over(self, waited_s: float) -> bool:
        """Whether to give up."""
        before, self._computed_s = self._computed_s, self._read()
        goes_on = self._computed_s - before > _MOVED_S
        return waited_s >= self._limit_s * _MORE or not (goes_on or busy())

    def _read(self) -> float:
        """CPU seconds of the thread."""
        try:
            return time.clock_gettime(self._clock) if self._clock is not None else 0.0
        except OSError:  # the thread has just ended
            return 0.0


def _load() -> float:
    """The one-minute load average or, if higher, the current number of runnable tasks."""
    try:
        mean, _, _, now, *_ = _LOAD.read_text(encoding="ascii").split()
        return max(float(mean), float(now.partition("/")[0]))
    except (OSError, ValueError):
        return os.getloadavg()[0]
