"""Determines the size of a model from its files, else from the catalogue or its name."""

from __future__ import annotations

import glob
import math
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from marvin.boundary.files import parse_json, read_json
from marvin.errors import ModelLoadError
from marvin.hub.catalogue import known
from marvin.hub.gguf_header import read_header
from marvin.hub.present import onnx_weights
from marvin.hub.source import Source, locate

_LONGEST_HEADER = 100_000_000
"""Limit in bytes, as in safetensors itself."""
_LINEAR_SHARE = 0.85
"""Typical share of a transformer's parameters; most of the rest are embeddings."""


class SizeOrigin(Enum):
    """Where a size comes from."""

    FILES = "its files"
    CATALOGUE = "the catalogue"
    NAME = "its name"
    GUESS = "a guess"


@dataclass(frozen=True, slots=True)
class Size:
    """Size of one checkpoint."""

    parameters: int
    linear: int
    """Those of `parameters` in linear layers, the only ones that int8 shrinks."""
    origin: SizeOrigin
    settings: Mapping[str, object] = field(default_factory=dict)
    """Its config.json, if available locally."""


def size_of(source: Source, guess: int) -> Size:
    """Best known size of a model. `guess` is the fallback number of parameters."""
    try:
        folder = locate(source)
        size = _from_gguf(folder, source) if source.gguf else _from_files(folder)
    except (ModelLoadError, OSError, ValueError):
        # Loading the model will report the error.
        size = None
    return size or _from_name(source.name, guess)


def _from_files(folder: Path) -> Size | None:
    """None if there are no weights."""
    shapes = [shape for path in _weights(folder) for shape in _shapes(path)]
    if not shapes:
        whole = onnx_weights(folder)
        # Its number formats are its own: counted as if they were all float32.
        return Size(whole.stat().st_size // 4, 0, SizeOrigin.FILES) if whole else None
    parameters = sum(math.prod(shape) for _, shape in shapes)
    linear = sum(
        math.prod(shape) for name, shape in shapes if len(shape) == 2 and "embed" not in name
    )
    try:
        settings = read_json(folder / "config.json")
    except (OSError, ValueError):
        settings = {}
    return Size(
        parameters, linear, SizeOrigin.FILES, settings if isinstance(settings, dict) else {}
    )


def _from_gguf(path: Path, source: Source) -> Size:
    """Counted as if it were all float32."""
    shards = path.parent.glob(glob.escape(path.name).replace("-00001-of-", "-?????-of-"))
    count = sum(shard.stat().st_size for shard in shards) // 4
    return Size(count, 0, SizeOrigin.FILES, read_header(path, source).settings)


def _weights(folder: Path) -> list[Path]:
    """The files that transformers would load: a single one, or the shards in the index."""
    whole = folder / "model.safetensors"
    if whole.is_file():
        return [whole]
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        named: Any = read_json(index, _LONGEST_HEADER)
        parts = named["weight_map"].values()
        return [folder / name for name in sorted(set(parts))]
    return []


def _shapes(path: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of each tensor, read from the header alone."""
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 0 < length <= _LONGEST_HEADER:
            raise ValueError(f"{path}: no safetensors")
        header: Any = parse_json(file.read(length))
    for name, tensor in header.items():
        if name != "__metadata__":
            yield name, tuple(tensor["shape"])


def _from_name(name: str, guess: int) -> Size:
    one = known(name)
    parameters = _parameters(one.parameters) if one is not None else None
    if parameters is not None:
        return Size(parameters, int(parameters * _LINEAR_SHARE), SizeOrigin.CATALOGUE)
    parameters = _parameters(name.rpartition("/")[2])
    if parameters is not None:
        return Size(parameters, int(parameters * _LINEAR_SHARE), SizeOrigin.NAME)
    return Size(guess, int(guess * _LINEAR_SHARE), SizeOrigin.GUESS)


def _parameters(text: str) -> int | None:
    """Parse a parameter count such as in `SmolLM2-360M-Instruct` or `1.5 B`."""
    found = re.search(r"(?<![\w.])(\d+(?:\.\d+)?) ?([MB])(?![a-zA-Z])", text, re.IGNORECASE)
    if found is None:
        return None
    return int(float(found[1]) * (1e9 if found[2].upper() == "B" else 1e6))
