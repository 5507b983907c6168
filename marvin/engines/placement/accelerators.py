"""Finds the accelerators that torch can use, and tests each with a small computation."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Accelerator:
    """A device other than the CPU."""

    name: str
    """torch's device name: `cuda:0` (NVIDIA and AMD), `xpu:0` (Intel), `mps` (Apple)."""
    label: str
    total_gb: float
    free_gb: float
    """Memory not used by other programs."""
    formats: tuple[str, ...] = ("bfloat16", "float16", "float32")
    """dtypes that it computes at full speed."""
    unified: bool = False
    """It shares the machine's main memory."""


def read_accelerators(available_gb: float) -> tuple[tuple[Accelerator, ...], tuple[str, ...]]:
    """Returns the working accelerators, and one line for each that is present but fails.

    `available_gb` is the free main memory, which limits devices with unified memory.
    """
    found: list[Accelerator] = []
    broken: list[str] = []
    for name in _names(broken):
        try:
            _try(name)
            found.append(_describe(name, available_gb))
        # Too old for this build of torch, in exclusive use by another program, or lost.
        except RuntimeError as error:
            broken.append(f"{name} does not work: {str(error).strip().partition(chr(10))[0]}")
    return tuple(found), tuple(broken)


def _names(broken: list[str]) -> Iterator[str]:
    import torch

    with warnings.catch_warnings(record=True) as caught:
        # If the driver is too old, torch only warns, and reports no device.
        warnings.simplefilter("always")
        kinds: tuple[tuple[str, Any], ...] = (("cuda", torch.cuda), ("xpu", torch.xpu))
        names = [
            f"{kind}:{index}"
            for kind, module in kinds
            if module.is_available()
            for index in range(module.device_count())
        ]
        if torch.backends.mps.is_available():
            names.append("mps")
    broken += [str(one.message).strip().partition("\n")[0] for one in caught]
    yield from names


def _try(name: str) -> None:
    import torch

    (torch.ones(8, 8, device=name) @ torch.ones(8, 8, device=name)).sum().item()


def _describe(name: str, available_gb: float) -> Accelerator:
    kind, _, index = name.partition(":")
    if kind == "cuda":
        return _cuda(name, int(index), available_gb)
    if kind == "xpu":
        return _xpu(name, int(index), available_gb)
    return _mps(available_gb)


def _cuda(name: str, index: int, available_gb: float) -> Accelerator:
    import torch

    properties = torch.cuda.get_device_properties(index)
    free, total = torch.cuda.mem_get_info(index)
    formats = ["float32"]
    with torch.cuda.device(index):
        # Before Volta, half precision is slower than single; all AMD GPUs are fast at it.
        if torch.version.hip or torch.cuda.get_device_capability(index) >= (7, 0):
            formats.insert(0, "float16")
        if torch.cuda.is_bf16_supported(including_emulation=False):
            formats.insert(0, "bfloat16")
    unified = bool(properties.is_integrated)
    free_gb = min(free / 1e9, available_gb) if unified else free / 1e9
    return Accelerator(name, properties.name, total / 1e9, free_gb, tuple(formats), unified)


def _xpu(name: str, index: int, available_gb: float) -> Accelerator:
    import torch

    properties = torch.xpu.get_device_properties(index)
    free, total = torch.xpu.mem_get_info(index)
    formats = ["float32"]
    if properties.has_fp16:
        formats.insert(0, "float16")
    with torch.xpu.device(index):
        if torch.xpu.is_bf16_supported(including_emulation=False):
            formats.insert(0, "bfloat16")
    unified = bool(properties.is_integrated_gpu)
    free_gb = min(free / 1e9, available_gb) if unified else free / 1e9
    return Accelerator(name, properties.name, total / 1e9, free_gb, tuple(formats), unified)


def _mps(available_gb: float) -> Accelerator:
    import torch

    # Metal's recommended maximum, about two thirds of main memory; slower beyond that.
    total_gb = torch.mps.recommended_max_memory() / 1e9
    left_gb = total_gb - torch.mps.driver_allocated_memory() / 1e9
    formats: tuple[str, ...] = ("float16", "float32")
    if torch.backends.mps.is_macos_or_newer(14, 0):
        formats = ("bfloat16", *formats)
    name = torch.backends.mps.get_name()
    return Accelerator("mps", name, total_gb, max(0.0, min(left_gb, available_gb)), formats, True)
