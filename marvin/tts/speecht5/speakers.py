"""SpeechT5 speakers: x-vectors from files or from the CMU ARCTIC set on the Hub.

An x-vector (Snyder et al., 2018) is a speaker embedding of 512 numbers; the model normalises it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from marvin.boundary.files import read_file
from marvin.config.problems import closest
from marvin.errors import ModelLoadError, ModelMissingError
from marvin.hub.present import ARCHIVE, find

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATASET = "Matthijs/cmu-arctic-xvectors"
"""x-vectors of seven speakers, one per sentence (1,132 each)."""

_SPEAKER = re.compile(r"cmu_us_(\w+?)_arctic[^/]*\.npy$")
_SUFFIXES = (".npy", ".safetensors")


def load_speaker(name: str, size: int) -> NDArray[np.float32]:
    """Load the x-vector of `tts.speaker`.

    Args:
        name: A file, a folder with one file, a file without its suffix (`voices/anna`), or a CMU
            ARCTIC speaker.
        size: Dimension that the model expects.

    Raises:
        ModelMissingError: The CMU ARCTIC set has not been fetched.
        ModelLoadError: There is no such speaker, or its file is invalid.
    """
    path = Path(name).expanduser()
    if path.is_file():
        return _from_file(path, size)
    if path.is_dir():
        return _from_file(_only(path), size)
    if "/" in name or path.suffix in _SUFFIXES:
        return _from_file(_in_folder(path), size)
    return _from_set(name.lower(), size)


def _only(folder: Path) -> Path:
    files = _vectors(folder)
    if len(files) == 1:
        return files[0]
    if not files:
        raise ModelLoadError(f"tts.speaker: there is no .npy or .safetensors file in {folder}")
    raise ModelLoadError(
        f"tts.speaker: {folder} has {len(files)} speakers; name one, "
        f"such as '{folder / files[0].stem}' (it has: {_stems(files)})"
    )


def _in_folder(path: Path) -> Path:
    """`voices/anna` is voices/anna.npy, ignoring case."""
    files = _vectors(path.parent) if path.parent.is_dir() else []
    if not files:
        raise ModelLoadError(f"tts.speaker: there is no file or folder {path}")
    for file in files:
        if file.stem.lower() == path.name.lower():
            return file
    raise ModelLoadError(
        f"tts.speaker: {path.parent} has no {path.name!r}"
        f"{closest(path.stem, [file.stem for file in files])}"
    )


def _vectors(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix in _SUFFIXES)


def _stems(files: Sequence[Path]) -> str:
    return ", ".join(file.stem for file in files)


def _from_file(path: Path, size: int) -> NDArray[np.float32]:
    if path.suffix not in _SUFFIXES:
        raise ModelLoadError(f"tts.speaker: {path} is neither .npy nor .safetensors")
    if path.suffix == ".npy":
        return _checked(_array(partial(_numpy, read_file(path)), path), path, size)
    tensors = _array(partial(load_file, path), path)
    if len(tensors) != 1:
        raise ModelLoadError(f"tts.speaker: {path} has {len(tensors)} tensors; one is expected")
    return _checked(next(iter(tensors.values())), path, size)


def _from_set(name: str, size: int) -> NDArray[np.float32]:
    """Mean over a speaker's sentences, which is more stable than any single vector."""
    path = _fetched(name)
    try:
        with zipfile.ZipFile(path) as archive:
            entries: dict[str, list[str]] = {}
            for entry in archive.namelist():
                if found := _SPEAKER.search(entry):
                    entries.setdefault(found[1], []).append(entry)
            if name not in entries:
                raise ModelLoadError(
                    f"tts.speaker: there is no file or folder {name!r}, and CMU ARCTIC has no "
                    f"such speaker{closest(name, sorted(entries))}"
                )
            vectors = [
                _checked(_array(partial(_numpy, archive.read(entry)), entry), entry, size)
                for entry in entries[name]
            ]
    except (zipfile.BadZipFile, zlib.error, OSError) as error:
        raise ModelLoadError(
            f"tts.speaker: {path} is broken ({error}); "
            f"`marvin models pull --repair {DATASET}` fetches it again"
        ) from error
    mean: NDArray[np.float32] = np.mean(vectors, axis=0)
    return mean / np.linalg.norm(mean)


def _fetched(name: str) -> Path:
    folder = find(DATASET)
    if folder is None:
        raise ModelMissingError(
            f"tts.speaker: there is no file or folder {name!r}, and the speakers of CMU ARCTIC "
            f"are not on this machine. `marvin models pull {DATASET}` fetches them"
        )
    return folder / ARCHIVE


def _numpy(content: bytes) -> Any:
    return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)


def _array(read: Callable[[], Any], place: object) -> Any:
    try:
        return read()
    # TypeError: safetensors' bfloat16, which numpy does not have.
    except (ValueError, OSError, TypeError, SafetensorError) as error:
        hint = " (a pickle can run any code)" if "pickle" in str(error) else ""
        raise ModelLoadError(f"tts.speaker: {place} cannot be read: {error}{hint}") from error


def _checked(array: Any, place: object, size: int) -> NDArray[np.float32]:
    if array.shape not in ((size,), (1, size)) or array.dtype.kind != "f":
        raise ModelLoadError(
            f"tts.speaker: {place} is not an x-vector of {size} numbers "
            f"(shape {array.shape}, {array.dtype})"
        )
    vector: NDArray[np.float32] = array.reshape(size).astype(np.float32)
    if not np.isfinite(vector).all() or not vector.any():
        raise ModelLoadError(f"tts.speaker: {place} is not a voice: it is all zeros, or has NaN")
    return vector
