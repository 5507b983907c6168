"""Is something slow because it hangs, or because the machine has much to do?"""

import os
import threading
import time
from pathlib import Path

_MORE = 10.0
"""So many times longer may something take that goes on, or that a busy machine delays."""
_BUSY = 1.5
"""Programs that want to compute, for each core."""
_LOAD = Path("/proc/loadavg")
_MOVED_S = 0.002
"""Time on a core that shows that a thread goes on."""


def busy() -> str:
    """What the machine has to do, where that is too much; else nothing."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = _load()
    return f"a load of {load:.0f} on {cores} cores" if load > _BUSY * (cores or 1) else ""


def stretched(limit_s: float) -> float:
    """A limit for what takes longer on a busy machine."""
    return limit_s * _MORE if busy() else limit_s


class Patience:
    """How long to wait for a thread beyond its limit."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._clock: int | None = None
        self._computed_s = 0.0

    def watch(self) -> None:
        """Called by the thread: of one that has ended the clock must not be asked for."""
        if hasattr(time, "pthread_getcpuclockid"):
            self._clock = time.pthread_getcpuclockid(threading.get_ident())
            self._computed_s = self._read()

    def over(self, waited_s: float) -> bool:
        """Whether there is nothing more to wait for."""
        before, self._computed_s = self._computed_s, self._read()
        goes_on = self._computed_s - before > _MOVED_S
        return waited_s >= self._limit_s * _MORE or not (goes_on or busy())

    def _read(self) -> float:
        """Seconds that the thread has had on a core."""
        try:
            return time.clock_gettime(self._clock) if self._clock is not None else 0.0
        except OSError:  # it has just ended
            return 0.0


def _load() -> float:
    """Programs that compute or want to: the mean of the last minute or, where they are more, at
    this moment, for a load that has just begun."""
    try:
        mean, _, _, now, *_ = _LOAD.read_text(encoding="ascii").split()
        return max(float(mean), float(now.partition("/")[0]))
    except (OSError, ValueError):
        return os.getloadavg()[0]
