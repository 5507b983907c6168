"""Kokoro's voices: for each length in phonemes a style of 256 numbers; mixes are weighted means."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from marvin.boundary.files import read_file
from marvin.config.problems import closest
from marvin.config.voice_mix import shares
from marvin.errors import ModelLoadError

if TYPE_CHECKING:
    from numpy.typing import NDArray

STYLE = 256
_SUFFIXES = (".bin", ".npy")
_FEWEST, _MOST_BYTES = 64, 16 << 20
"""Published voices have 510 or 511 styles."""


def load_styles(folder: Path, voice: str) -> NDArray[np.float32]:
    """Styles of a voice or mix, shape (lengths, 256); row n - 1 is for n phonemes.

    Raises:
        ModelLoadError: There is no such voice, or its file is invalid.
    """
    files = _files(folder)
    parts = [(share, _read(_file(name, files, folder))) for name, share in shares(voice).items()]
    lengths = min(len(styles) for _, styles in parts)
    mixed: NDArray[np.float32] = sum(
        np.float32(share) * styles[:lengths] for share, styles in parts
    )  # type: ignore[assignment]
    return mixed


def no_styles(lengths: int) -> NDArray[np.float32]:
    """For a network that has a single voice."""
    return np.zeros((lengths, STYLE), np.float32)


def _files(folder: Path) -> dict[str, Path]:
    voices = folder / "voices"
    found = sorted(voices.iterdir()) if voices.is_dir() else []
    return {path.stem: path for path in found if path.suffix in _SUFFIXES}


def _file(name: str, files: dict[str, Path], folder: Path) -> Path:
    if not files:
        raise ModelLoadError(f"tts.voice: {folder / 'voices'} has no .bin or .npy files")
    if name not in files:
        raise ModelLoadError(f"tts.voice: there is no voice {name!r}{closest(name, files)}")
    return files[name]


def _read(path: Path) -> NDArray[np.float32]:
    try:
        content = read_file(path, _MOST_BYTES)
        if path.suffix == ".npy":
            array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
        else:
            array = np.frombuffer(content, "<f4")
        styles: NDArray[np.float32] = array.reshape(-1, STYLE).astype(np.float32)
    except (OSError, ValueError) as error:
        raise ModelLoadError(f"tts.voice: {path} cannot be read: {error}") from error
    if array.dtype.kind != "f" or len(styles) < _FEWEST or not np.isfinite(styles).all():
        raise ModelLoadError(
            f"tts.voice: {path} is not a voice of Kokoro (float32, 510 x 1 x {STYLE}; "
            f"shape {array.shape}, {array.dtype})"
        )
    return styles
