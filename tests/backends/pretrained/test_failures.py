"""Full and missing devices are told apart from bugs."""

import pytest

from marvin.backends.pretrained.failures import device_failures
from marvin.errors import DeviceFailedError


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CUDA error: device-side assert triggered\nCompile with ...", "the device failed"),
        ("CUDA error: unspecified launch failure", "the device failed"),
        ("CUDA driver error: device not ready", "the device failed"),
        ("No CUDA GPUs are available", "the device failed"),
        ("MPS backend out of memory (MPS allocated: 9.06 GB)", "out of memory"),
        ("[enforce fail] DefaultCPUAllocator: can't allocate memory: ...", "out of memory"),
    ],
)
def test_full_or_missing_gpu_is_a_device_failure(text: str, said: str) -> None:
    with pytest.raises(DeviceFailedError) as error, device_failures("stt.model = 'x'"):
        raise RuntimeError(text)
    first = text.partition("\n")[0]
    assert str(error.value) == f"stt.model = 'x': {said}: {first}"


def test_torch_device_errors_are_recognised_by_type() -> None:
    import torch

    with pytest.raises(DeviceFailedError, match="out of memory: no room"), device_failures("it"):
        raise torch.OutOfMemoryError("no room")
    with pytest.raises(DeviceFailedError, match="the device failed: lost"), device_failures("it"):
        raise torch.AcceleratorError("lost")


def test_machine_out_of_memory_counts_as_a_full_device() -> None:
    with pytest.raises(DeviceFailedError, match="out of memory"), device_failures("it"):
        raise MemoryError


@pytest.mark.parametrize("bug", [RuntimeError("shapes differ"), AssertionError("no"), KeyError(1)])
def test_bug_stays_a_bug(bug: Exception) -> None:
    with pytest.raises(type(bug)) as error, device_failures("it"):
        raise bug
    assert error.value is bug
