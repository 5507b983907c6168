"""Converts pickled weights to safetensors.

A pickle can run arbitrary code. PyTorch's restricted unpickler only accepts tensors; they are
written as safetensors, and the pickle is deleted.
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
"""Shard size, and so the memory needed while writing."""


def to_safetensors(pickles: Sequence[Path], folder: Path, name: str) -> None:
    """Write `model.safetensors`, or shards with an index.

    Raises:
        DownloadError: The pickles contain code, or no weights.
    """
    from huggingface_hub import save_torch_state_dict

    weights: dict[str, torch.Tensor] = {}
    for pickle in pickles:
        weights |= _tensors(pickle, name)
    try:
        save_torch_state_dict(weights, folder, max_shard_size=_SHARD)
    except (SafetensorError, RuntimeError) as error:
        # A full disk, or partly overlapping tensors.
        raise DownloadError(f"{name}: cannot be written as safetensors: {error}") from error


def _tensors(path: Path, name: str) -> dict[str, torch.Tensor]:
    import torch

    try:
        with warnings.catch_warnings():
            # torch warns about unusual pickles; the checks below are enough.
            warnings.simplefilter("ignore", UserWarning)
            # Only the newer zip format can be memory-mapped.
            mapped = zipfile.is_zipfile(path)
            loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except UnpicklingError as error:
        raise DownloadError(
            f"{name}: its weights are a pickle that contains code, which Marvin does not run"
        ) from error
    except (RuntimeError, EOFError, ValueError, KeyError) as error:
        raise DownloadError(f"{name}: its weights cannot be read: {error}") from error
    if not isinstance(loaded, dict) or not all(
        isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in loaded.items()
    ):
        raise DownloadError(f"{name}: its pickle contains something other than weights")
    return loaded
