"""Resources of a process, and their growth."""

import asyncio
import ctypes
import gc
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from math import inf, sqrt
from pathlib import Path
from statistics import median

COUNTED = ("threads", "files", "tasks", "children")
"""Counts that must not grow."""
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass(frozen=True, slots=True)
class Held:
    """A sample of this process's resources."""

    audio_h: float
    """Hours of audio so far."""
    wall_s: float
    """Wall-clock seconds."""
    cpu_s: float
    """CPU seconds, including ended children."""
    memory_mb: float
    """Resident memory."""
    used_mb: float
    """Memory in use, without the allocator's free memory: grows with leaks, but not with pools."""
    children_mb: float
    """Resident memory of running child processes."""
    threads: int
    files: int
    """Open file descriptors."""
    tasks: int
    """Tasks of the event loop."""
    children: int
    """Processes."""

    @classmethod
    def now(cls, audio_h: float) -> "Held":
        """Call it on the event loop."""
        # Uncollected garbage is not a leak.
        gc.collect()
        times = os.times()
        children = child_pids()
        held_mb = memory_mb()
        _trim()
        return cls(
            audio_h,
            time.monotonic(),
            times.user + times.system + times.children_user + times.children_system,
            held_mb,
            memory_mb(),
            sum(map(memory_mb, children)),
            threading.active_count(),
            len(os.listdir("/proc/self/fd")),
            len(asyncio.all_tasks()),
            len(children),
        )


def memory_mb(pid: int | str = "self") -> float:
    """Resident memory of a process; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB
    except OSError:
        return 0.0


def _trim() -> None:
    """Return free memory to the system, if the C library can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def child_pids(pid: int | str = "self") -> list[int]:
    """Running children of all threads of a process."""
    pids: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            pids += map(int, children.read_text().split())
        except OSError:  # the thread has just ended
            continue
    return pids


@dataclass(frozen=True, slots=True)
class Growth:
    """The trend of a series."""

    slope: float
    """Slope of the least-squares line."""
    error: float
    """Standard error of the slope; infinite for two points."""
    settled: float
    """Theil-Sen slope of the second half, which ignores single steps of a pool but shows leaks."""
    end_minus_start: float
    """Mean of the last fifth minus that of the first."""


def growth(x: Sequence[float], y: Sequence[float]) -> Growth:
    """Raises ValueError for fewer than two points, or all at the same x."""
    count = len(x)
    if count < 2 or min(x) == max(x):
        raise ValueError("a line needs two points")
    mean_x, mean_y = sum(x) / count, sum(y) / count
    spread = sum((one - mean_x) ** 2 for one in x)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread
    left = sum((b - mean_y - slope * (a - mean_x)) ** 2 for a, b in zip(x, y, strict=True))
    error = sqrt(left / (count - 2) / spread) if count > 2 else inf
    fifth = max(1, count // 5)
    return Growth(
        slope,
        error,
        median_slope(x[count // 2 :], y[count // 2 :]),
        sum(y[-fifth:]) / fifth - sum(y[:fifth]) / fifth,
    )


def median_slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Theil-Sen: the median slope of all pairs of points; 0 for one point."""
    pairs = combinations(zip(x, y, strict=True), 2)
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs if a[0] != b[0]]
    return median(slopes) if slopes else 0.0


def leaks(row: Sequence[int]) -> bool:
    """Whether the last third of a count stays above the first third."""
    third = len(row) // 3
    return third > 0 and min(row[-third:]) > max(row[:third])


def as_json(held: Sequence[Held]) -> list[dict[str, float]]:
    return [{key: round(value, 3) for key, value in asdict(one).items()} for one in held]
