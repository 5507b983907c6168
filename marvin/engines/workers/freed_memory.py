"""Returns freed memory to the system and reads the process's memory use."""

import contextlib
import ctypes
import gc
import sys
from pathlib import Path
from typing import Any


def give_back() -> None:
    """Return freed memory to the system and to other users of the GPU.

    Otherwise the allocators keep the pages of an unloaded model.
    """
    gc.collect()
    torch = sys.modules.get("torch")
    # A lost device raises, and has nothing to return.
    if torch is not None:
        for device in (torch.cuda, torch.xpu, torch.mps):
            with contextlib.suppress(RuntimeError):
                if _in_use(device):
                    device.empty_cache()
    # Only glibc has malloc_trim; other allocators return memory by themselves.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _in_use(device: Any) -> bool:
    """Whether this process has used the device. Must not initialise it."""
    initialized = getattr(device, "is_initialized", None)
    return bool(device.is_available() if initialized is None else initialized())


def resident_mb() -> float:
    """Resident memory of the process in MB; 0 if the system does not report it."""
    try:
        fields = Path("/proc/self/status").read_text().split("VmRSS:")
    except OSError:
        return 0.0
    return int(fields[1].split()[0]) * 1024 / 1e6
