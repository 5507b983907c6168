"""Where a model of the workshop runs, which has the machine for itself."""

from marvin.backends.pretrained.place import Place
from marvin.errors import ModelLoadError

DTYPES = ("auto", "float32", "bfloat16")


def chosen_place(device: str = "auto", dtype: str = "auto") -> Place:
    """Raises ModelLoadError if there is no such device."""
    import torch

    if device == "auto":
        mps = torch.backends.mps.is_available()
        device = "cuda:0" if torch.cuda.is_available() else "mps" if mps else "cpu"
    try:
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError) as error:
        line = str(error).strip().splitlines()[0]
        raise ModelLoadError(f"--device {device}: {line}") from error
    if dtype == "auto":
        dtype = "bfloat16" if device.startswith("cuda") else "float32"
    return Place(device, dtype)
