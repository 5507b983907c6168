"""Reads the CPU and memory limits of a container from Linux cgroups, versions 1 and 2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NO_LIMIT = 1 << 60
"""Version 1 reports a number near 2**63 if there is no limit."""


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Limits of this process; None means unlimited."""

    cpus: float | None = None
    """CPU seconds per second."""
    memory: int | None = None
    """Bytes."""
    memory_left: int | None = None
    """Unused part of `memory`, in bytes."""


def read_limits(root: Path = Path("/")) -> ProcessLimits:
    """Return the tightest limits among the process's cgroups and their ancestors."""
    cpus: list[float] = []
    memory: list[tuple[int, int]] = []
    for folder in _groups(root):
        cpus += _cpus(folder)
        memory += _memory(folder)
    return ProcessLimits(
        min(cpus, default=None),
        min((limit for limit, _ in memory), default=None),
        min((left for _, left in memory), default=None),
    )


def _groups(root: Path) -> Iterator[Path]:
    """Folders of the cgroups, innermost first. A container often sees only its own, as root."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        kinds, _, path = rest.partition(":")
        mount = root / "sys/fs/cgroup" / kinds
        while path.startswith("/"):
            yield mount / path.strip("/")
            if path == "/":
                break
            path = path.rpartition("/")[0] or "/"


def _cpus(folder: Path) -> Iterator[float]:
    quota, _, period = _text(folder / "cpu.max").strip().partition(" ")
    if not quota:
        quota = _text(folder / "cpu.cfs_quota_us").strip()
        period = _text(folder / "cpu.cfs_period_us").strip()
    if quota.isdigit() and period.isdigit() and int(period):
        yield int(quota) / int(period)


def _memory(folder: Path) -> Iterator[tuple[int, int]]:
    """Limit and unused part in bytes. Inactive page cache can be reclaimed, so it is unused."""
    limits = ("memory.max", "memory.current", "inactive_file")
    if not (folder / limits[0]).exists():
        limits = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    limit, used = (_text(folder / name).strip() for name in limits[:2])
    if not limit.isdigit() or int(limit) >= _NO_LIMIT:
        return
    counts = dict(line.split(" ", 1) for line in _text(folder / "memory.stat").splitlines())
    files = int(counts.get(limits[2], "0"))
    in_use = int(used) if used.isdigit() else 0
    yield int(limit), max(0, int(limit) - max(0, in_use - files))


def _text(path: Path) -> str:
    """Contents of a file; empty if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
