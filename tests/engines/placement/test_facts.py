"""Facts about this machine, and about simulated accelerators."""

import os
import sys
import warnings
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from marvin.engines.placement import accelerators, facts
from marvin.engines.placement.accelerators import Accelerator, read_accelerators
from marvin.engines.placement.facts import read_facts
from marvin.engines.placement.limits import ProcessLimits


def test_this_machine() -> None:
    found = read_facts()
    assert 1 <= found.cores <= (os.cpu_count() or 1)
    assert 0.1 < found.available_gb <= found.memory_gb
    assert found.cpu
    assert "\n" not in found.cpu
    # Not torch's own class: unpickling that, as `marvin bench` does, would load torch.
    assert type(found.torch) is str
    assert found.torch


@pytest.mark.skipif(sys.platform != "linux", reason="CPU affinity needs Linux")
def test_only_cores_available_to_the_process_count() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert read_facts(accelerators=False).cores == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_container_limits_define_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = ProcessLimits(0.5, 300_000_000, 200_000_000)
    monkeypatch.setattr(facts, "read_limits", lambda: limits)
    found = read_facts(accelerators=False)
    assert (found.cores, found.memory_gb, found.available_gb) == (1, 0.3, 0.2)


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A torch that reports accelerators; the test decides whether they compute."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.xpu.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    return monkeypatch


def test_without_an_accelerator_there_is_none(torch: pytest.MonkeyPatch) -> None:
    assert read_accelerators(8.0) == ((), ())


def test_accelerator_that_does_not_compute_does_not_count(torch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise RuntimeError("CUDA error: no kernel image is available\nCompile with ...")

    torch.setattr("torch.cuda.is_available", lambda: True)
    torch.setattr("torch.cuda.device_count", lambda: 1)
    torch.setattr(accelerators, "_try", fail)
    assert read_accelerators(8.0) == (
        (), ("cuda:0 does not work: CUDA error: no kernel image is available",)
    )  # fmt: skip


def test_torch_warnings_are_reported(torch: pytest.MonkeyPatch) -> None:
    def warn() -> bool:
        warnings.warn("The NVIDIA driver on your system is too old\nPlease update", stacklevel=1)
        return False

    torch.setattr("torch.cuda.is_available", warn)
    assert read_accelerators(8.0) == ((), ("The NVIDIA driver on your system is too old",))


@pytest.mark.parametrize(
    ("capability", "bf16", "formats"),
    [
        ((9, 0), True, ("bfloat16", "float16", "float32")),
        ((7, 5), False, ("float16", "float32")),
        ((6, 1), False, ("float32",)),
    ],
)
def test_nvidia_gpu(
    torch: pytest.MonkeyPatch, capability: tuple[int, int], bf16: bool, formats: tuple[str, ...]
) -> None:
    torch.setattr(accelerators, "_try", lambda name: None)
    torch.setattr("torch.cuda.is_available", lambda: True)
    torch.setattr("torch.cuda.device_count", lambda: 1)
    torch.setattr("torch.cuda.device", lambda index: nullcontext())
    torch.setattr("torch.cuda.mem_get_info", lambda index: (2_000_000_000, 8_000_000_000))
    torch.setattr("torch.cuda.get_device_capability", lambda index: capability)
    torch.setattr("torch.cuda.is_bf16_supported", lambda including_emulation: bf16)
    properties = SimpleNamespace(name="Card", is_integrated=0)
    torch.setattr("torch.cuda.get_device_properties", lambda index: properties)
    found, broken = read_accelerators(8.0)
    assert found == (Accelerator("cuda:0", "Card", 8.0, 2.0, formats),)
    assert broken == ()


def test_apple_gpu_shares_the_memory(torch: pytest.MonkeyPatch) -> None:
    torch.setattr(accelerators, "_try", lambda name: None)
    torch.setattr("torch.backends.mps.is_available", lambda: True)
    torch.setattr("torch.mps.recommended_max_memory", lambda: 11_000_000_000)
    torch.setattr("torch.mps.driver_allocated_memory", lambda: 1_000_000_000)
    torch.setattr("torch.backends.mps.is_macos_or_newer", lambda major, minor: False)
    torch.setattr("torch.backends.mps.get_name", lambda: "Apple M1")
    (found,), _ = read_accelerators(6.0)
    assert found == Accelerator("mps", "Apple M1", 11.0, 6.0, ("float16", "float32"), unified=True)
    (found,), _ = read_accelerators(64.0)
    assert found.free_gb == 10.0


def test_intel_gpu(torch: pytest.MonkeyPatch) -> None:
    torch.setattr(accelerators, "_try", lambda name: None)
    torch.setattr("torch.xpu.is_available", lambda: True)
    torch.setattr("torch.xpu.device_count", lambda: 1)
    torch.setattr("torch.xpu.device", lambda index: nullcontext())
    torch.setattr("torch.xpu.mem_get_info", lambda index: (15_000_000_000, 16_000_000_000))
    torch.setattr("torch.xpu.is_bf16_supported", lambda including_emulation: True)
    properties = SimpleNamespace(name="Arc", has_fp16=True, is_integrated_gpu=True)
    torch.setattr("torch.xpu.get_device_properties", lambda index: properties)
    (found,), _ = read_accelerators(6.0)
    assert found == Accelerator(
        "xpu:0", "Arc", 16.0, 6.0, ("bfloat16", "float16", "float32"), unified=True
    )
