"""Reads the hardware of this machine: cores, memory, native dtypes, accelerators."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from marvin.engines.placement.accelerators import Accelerator, read_accelerators
from marvin.engines.placement.limits import ProcessLimits, read_limits


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """The properties of a machine that placement depends on."""

    cpu: str
    """Name of the processor or board."""
    cores: int
    """Physical cores that this process may use."""
    memory_gb: float
    available_gb: float
    """Memory that is free, or can be freed without swapping."""
    native: tuple[str, ...] = ()
    """16-bit dtypes that the CPU supports in hardware."""
    accelerators: tuple[Accelerator, ...] = ()
    broken: tuple[str, ...] = ()
    """Accelerators that are present but fail, one line with the reason each."""
    torch: str = ""
    """Version of torch."""


def read_facts(*, accelerators: bool = True) -> MachineFacts:
    """`accelerators=False` does not initialise any of them."""
    import torch

    limits = read_limits()
    memory_gb, available_gb = _memory_gb(limits)
    found, broken = read_accelerators(available_gb) if accelerators else ((), ())
    return MachineFacts(
        cpu=_cpu(),
        cores=_cores(limits),
        memory_gb=memory_gb,
        available_gb=available_gb,
        native=_native(),
        accelerators=found,
        broken=broken,
        # A str subclass of torch: unpickling it would import torch.
        torch=str(torch.__version__),
    )


def _cores(limits: ProcessLimits) -> int:
    if sys.platform == "darwin":
        # Performance cores only: all threads would wait for those on efficiency cores.
        found = _sysctl("hw.perflevel0.physicalcpu") or _sysctl("hw.physicalcpu")
        count = int(found) if found.isdigit() else os.cpu_count() or 1
    elif sys.platform == "linux":
        allowed = os.sched_getaffinity(0)
        topology = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"
        count = len({_read(topology.format(number)) or str(number) for number in allowed})
    else:
        count = os.cpu_count() or 1
    return max(1, count if limits.cpus is None else min(count, int(limits.cpus)))


def _memory_gb(limits: ProcessLimits) -> tuple[float, float]:
    """Total and available memory."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    available = total
    if found := re.search(r"MemAvailable:\s+(\d+) kB", _read("/proc/meminfo")):
        available = int(found[1]) * 1024
    elif sys.platform == "darwin":
        counts = _output("vm_stat")
        kinds = ("free", "inactive", "speculative", "purgeable")
        pages = [re.search(rf"Pages {kind}:\s+(\d+)", counts) for kind in kinds]
        page = re.search(r"page size of (\d+) bytes", counts)
        if page:
            available = int(page[1]) * sum(int(one[1]) for one in pages if one)
    if limits.memory is not None:
        total = min(total, limits.memory)
    if limits.memory_left is not None:
        available = min(available, limits.memory_left)
    return total / 1e9, min(total, available) / 1e9


def _cpu() -> str:
    board = _read("/proc/device-tree/model").strip("\0\n ")
    name = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    brand = _sysctl("machdep.cpu.brand_string") if sys.platform == "darwin" else ""
    return board or (name[1].strip() if name else "") or brand or platform.machine() or "CPU"


def _native() -> tuple[str, ...]:
    if sys.platform == "darwin":
        signs = {"bfloat16": "hw.optional.arm.FEAT_BF16", "float16": "hw.optional.arm.FEAT_FP16"}
        return tuple(name for name, sign in signs.items() if _sysctl(sign) == "1")
    line = re.search(r"^(?:flags|Features)\s*:(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    flags = set(line[1].split()) if line else set()
    known = {
        "bfloat16": {"avx512_bf16", "amx_bf16", "bf16", "svebf16"},
        "float16": {"avx512_fp16", "amx_fp16", "asimdhp"},
    }
    return tuple(name for name, signs in known.items() if flags & signs)


def _sysctl(name: str) -> str:
    return _output("sysctl", "-n", name)


def _output(*command: str) -> str:
    """The stdout of a command; empty if it is missing or too slow."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
