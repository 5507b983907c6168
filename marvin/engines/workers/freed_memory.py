"""Giving memory back to the machine, and reading how much the process has."""

import contextlib
import ctypes
import gc
import sys
from pathlib import Path
from typing import Any


def give_back() -> None:
    """Return what was freed to the system and to the GPU's other users.

    Without it the allocators keep the pages of a model that is gone.
    """
    gc.collect()
    torch = sys.modules.get("torch")
    # A device that is gone has no memory to give back, and says so as an error.
    if torch is not None:
        for device in (torch.cuda, torch.xpu, torch.mps):
            with contextlib.suppress(RuntimeError):
                if _in_use(device):
                    device.empty_cache()
    # glibc alone has it; other allocators give back by themselves.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _in_use(device: Any) -> bool:
    """Whether this process has computed there; asking must not wake it up."""
    initialized = getattr(device, "is_initialized", None)
    return bool(device.is_available() if initialized is None else initialized())


def resident_mb() -> float:
    """Main memory that the process has, in MB. 0 where the system does not tell."""
    try:
        fields = Path("/proc/self/status").read_text().split("VmRSS:")
    except OSError:
        return 0.0
    return int(fields[1].split()[0]) * 1024 / 1e6
