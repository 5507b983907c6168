"""Finds complete models on this machine, in milliseconds and without the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from marvin.boundary.files import read_json
from marvin.hub.catalogue import kind_of
from marvin.hub.gguf_names import repository_id
from marvin.hub.pins import Kind, Pin, own_folder, read_pins

CONFIG = "config.json"
ARCHIVE = "spkrec-xvect.zip"
WEIGHTS = "model.safetensors"
PARADEE = "onnx/paradee_int8.onnx"
ONNX = ("model.onnx", "onnx/model_quantized.onnx", "onnx/model.onnx", PARADEE)
"""Weights for onnxruntime, best first, in the layouts of kokoro-onnx, onnx-community and Paradee, a
network distilled from Kokoro that has a single voice."""
STUDENTS = "[a-z][fm]_*/model_int8.onnx"
"""Such networks in the layout of teacher-in-the-loop, in a folder for each voice."""
INDEX = "model.safetensors.index.json"
_REPOSITORY_SEPARATOR = "--"
"""In the Hugging Face cache: `models--owner--name`."""
_INDEX_BYTES = 16 << 20
"""Size limit; the largest published ones are below 1 MB."""


def find(name: str, revision: str | None = None) -> Path | None:
    """The folder of a Hub id, if it is complete.

    Without a revision it is the commit that `marvin models pull` fetched, or `main` in the cache
    for a model that another program fetched.
    """
    pin = read_pins().get(name)
    if pin is not None and revision in (None, pin.revision, pin.commit):
        return folder_of(name, pin) if not lacking(name, pin) else None
    return _cached(name, revision)


def folder_of(name: str, pin: Pin) -> Path:
    return own_folder(name) if pin.converted else snapshot(name, pin.kind, pin.commit)


def lacking(name: str, pin: Pin) -> list[str]:
    """Files of a pinned model that are missing or truncated."""
    folder = folder_of(name, pin)
    return [file for file, kept in pin.files.items() if size_of(folder / file) != kept.size]


def snapshot(name: str, kind: Kind, commit: str) -> Path:
    """The folder of a commit in the shared Hugging Face cache."""
    return repository(name, kind) / "snapshots" / commit


def repository(name: str, kind: Kind) -> Path:
    """A repository's folder in the shared Hugging Face cache."""
    from huggingface_hub import constants

    folder = _REPOSITORY_SEPARATOR.join([f"{kind}s", *repository_id(name).split("/")])
    return Path(constants.HF_HUB_CACHE) / folder


def size_of(path: Path) -> int | None:
    """In bytes; None if there is no file."""
    try:
        return path.stat().st_size
    except OSError:
        return None


def _cached(name: str, revision: str | None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    kind = kind_of(name)
    file = CONFIG if kind == "model" else ARCHIVE
    try:
        found = try_to_load_from_cache(name, file, revision=revision, repo_type=kind)
    except HFValidationError:  # not a valid repository name
        return None
    if not isinstance(found, str):
        return None
    folder = Path(found).parent
    return folder if kind == "dataset" or has_weights(folder) else None


def has_weights(folder: Path) -> bool:
    """Whether the weights are there, with all shards in the checkpoint's index."""
    if (folder / WEIGHTS).is_file() or onnx_weights(folder) is not None:
        return True
    try:
        index: Any = read_json(folder / INDEX, _INDEX_BYTES)
        parts = set(index["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(parts) and all((folder / part).is_file() for part in parts)


def onnx_weights(folder: Path) -> Path | None:
    """The weights for onnxruntime, if there are any; of several voices' the first."""
    whole = [folder / name for name in ONNX if (folder / name).is_file()]
    return next(iter((*whole, *student_weights(folder).values())), None)


def student_weights(folder: Path) -> dict[str, Path]:
    """The networks for single voices."""
    return {path.parent.name: path for path in sorted(folder.glob(STUDENTS))}
