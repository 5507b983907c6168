"""What a container may use of its machine: Linux control groups, version 1 and 2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NO_LIMIT = 1 << 60
"""Version 1 writes a number near 2**63 for none."""


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Of this process; None where there is none."""

    cpus: float | None = None
    """Processor time a second."""
    memory: int | None = None
    """Bytes."""
    memory_left: int | None = None
    """Bytes of them that are not in use."""


def read_limits(root: Path = Path("/")) -> ProcessLimits:
    """The tightest limits of the process's groups and of those above them."""
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
    """Folders of the groups, innermost first; a container often sees only its own, as the root."""
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
    """Limit, and what is left of it: files that were read can be forgotten, so they are left."""
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
    """Nothing where there is no such file, or none that may be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
