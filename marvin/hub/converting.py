"""Makes weights that are safe to load of those on the Hub that are not.

A pickle can hold any program. PyTorch's restricted reader takes nothing but tensors out of it; what
comes out is written as safetensors, and the pickle is deleted.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from marvin.errors import DownloadError

if TYPE_CHECKING:
    import torch

_SHARD = "2GB"
"""What is held in memory at a time while it is written."""


def to_safetensors(pickles: Sequence[Path], folder: Path, name: str) -> None:
    """Weights out of PyTorch's own files, as `model.safetensors` or in parts with an index.

    Raises:
        DownloadError: They hold a program, or no weights.
    """
    from huggingface_hub import save_torch_state_dict

    weights: dict[str, torch.Tensor] = {}
    for pickle in pickles:
        weights |= _tensors(pickle, name)
    try:
        save_torch_state_dict(weights, folder, max_shard_size=_SHARD)
    except (SafetensorError, RuntimeError) as error:
        # A full disk, or weights that overlap in part.
        raise DownloadError(f"{name}: cannot be written as safetensors: {error}") from error


def _tensors(path: Path, name: str) -> dict[str, torch.Tensor]:
    import torch

    try:
        with warnings.catch_warnings():
            # That the pickle is of another make than usual; if it holds weights, they are read.
            warnings.simplefilter("ignore", UserWarning)
            # Only files in the newer format, a zip archive, can be mapped instead of read.
            mapped = zipfile.is_zipfile(path)
            loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except UnpicklingError as error:
        raise DownloadError(
            f"{name}: its weights are a pickle with a program in it, which Marvin does not run"
        ) from error
    except (RuntimeError, EOFError, ValueError, KeyError) as error:
        raise DownloadError(f"{name}: its weights cannot be read: {error}") from error
    if not isinstance(loaded, dict) or not all(
        isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in loaded.items()
    ):
        raise DownloadError(f"{name}: its pickle holds something else than weights")
    return loaded
