"""Tells a device that is full or gone from everything else that may go wrong; and what to say of
numbers that broke down."""

import contextlib
from collections.abc import Iterator

from marvin.backends.pretrained.place import Place
from marvin.errors import DeviceFailedError

_FULL = ("out of memory", "can't allocate memory", "not enough memory")
_GONE = (
    "cuda error",
    "cuda driver",
    "no cuda gpus",
    "device-side assert",
    "mps backend",
    "hip error",
)


@contextlib.contextmanager
def device_failures(what: str) -> Iterator[None]:
    """Around a model's work: the device's failures become one error.

    Raises:
        DeviceFailedError: The device has no memory left, or does not work any more.
    """
    try:
        yield
    except MemoryError as error:
        raise DeviceFailedError(f"{what}: the machine has no memory left") from error
    except AssertionError as error:
        # What torch raises for a kind of device that it was built without.
        if "not compiled with" not in str(error):
            raise
        raise DeviceFailedError(f"{what}: there is no such device: {error}") from error
    except RuntimeError as error:
        # torch.OutOfMemoryError and torch.AcceleratorError are RuntimeErrors; the CPU's own
        # allocator, and older drivers, only differ from other errors by their text.
        text = str(error).lower()
        line = str(error).strip().partition("\n")[0]
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "OutOfMemoryError" in kinds or any(sign in text for sign in _FULL):
            raise DeviceFailedError(f"{what}: out of memory: {line}") from error
        if "AcceleratorError" in kinds or any(sign in text for sign in _GONE):
            raise DeviceFailedError(f"{what}: the device failed: {line}") from error
        raise


def not_a_number(what: str, stage: str, place: Place) -> str:
    """The message of a model that computes NaN: `what` names it, `stage` its table."""
    if place.dtype == "float32":
        cure = f"its weights are damaged, or the device is: try another {stage}.device"
    else:
        cure = f'set {stage}.dtype = "float32"'
    return f"{what} computes NaN as {place}; {cure}"
