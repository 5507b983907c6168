"""Recognises device failures, and words the error for NaN outputs."""

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
    """Convert a device's failures inside the block to DeviceFailedError."""
    try:
        yield
    except MemoryError as error:
        raise DeviceFailedError(f"{what}: out of memory") from error
    except AssertionError as error:
        # Raised by torch for a device type that it was built without.
        if "not compiled with" not in str(error):
            raise
        raise DeviceFailedError(f"{what}: no such device: {error}") from error
    except RuntimeError as error:
        # torch.OutOfMemoryError and torch.AcceleratorError are RuntimeErrors; the CPU allocator and
        # older drivers can only be recognised by their messages.
        text = str(error).lower()
        line = str(error).strip().partition("\n")[0]
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "OutOfMemoryError" in kinds or any(sign in text for sign in _FULL):
            raise DeviceFailedError(f"{what}: out of memory: {line}") from error
        if "AcceleratorError" in kinds or any(sign in text for sign in _GONE):
            raise DeviceFailedError(f"{what}: the device failed: {line}") from error
        raise


def not_a_number(what: str, stage: str, place: Place) -> str:
    """The message for a model that computes NaN; `stage` is its table in models.toml."""
    if place.dtype == "float32":
        cure = f"the weights or the device are damaged: try another {stage}.device"
    else:
        cure = f'set {stage}.dtype = "float32"'
    return f"{what} computes NaN as {place}; {cure}"
