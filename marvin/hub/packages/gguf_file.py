"""Reads llama.cpp's GGUF files, version 3: metadata, and the tensors of the formats that occur in
the packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marvin.hub.packages.binary_cursor import BinaryCursor

SCALARS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
STRING, ARRAY = 8, 9
_ALIGNMENT = 32


@dataclass(frozen=True, slots=True)
class GgufFile:
    facts: Mapping[str, Any]
    """The metadata."""
    tensors: Mapping[str, Callable[[], NDArray[np.float32]]]
    """Each is read and dequantised when it is called."""


def read_gguf(path: Path) -> GgufFile:
    """Raises ValueError or struct.error if the file is of another kind."""
    data = np.memmap(path, np.uint8, "r")
    cursor = GgufCursor(data.data)
    if (cursor.take(4), cursor.scalar("I")) != (b"GGUF", 3):
        raise ValueError(f"{path.name}: not a GGUF file of version 3")
    tensor_count, fact_count = cursor.scalar("Q"), cursor.scalar("Q")
    facts = {cursor.text(): cursor.value(cursor.scalar("I")) for _ in range(fact_count)}
    infos = [
        (
            cursor.text(),
            tuple(cursor.scalar("Q") for _ in range(cursor.scalar("I")))[::-1],
            cursor.scalar("I"),
            cursor.scalar("Q"),
        )
        for _ in range(tensor_count)
    ]
    start = -(-cursor.at // _ALIGNMENT) * _ALIGNMENT
    tensors = {}
    for name, shape, kind, offset in infos:
        if kind not in _FORMATS:
            raise ValueError(f"{name} has format {kind}, which Marvin does not read")
        tensors[name] = _reader(data, start + offset, shape, _FORMATS[kind])
    return GgufFile(facts, tensors)


class GgufCursor(BinaryCursor):
    def text(self) -> str:
        return self.take(self.scalar("Q")).decode()

    def value(self, kind: int) -> Any:
        if kind == STRING:
            return self.text()
        if kind == ARRAY:
            inner = self.scalar("I")
            return [self.value(inner) for _ in range(self.scalar("Q"))]
        return self.scalar(SCALARS[kind])


@dataclass(frozen=True, slots=True)
class _Format:
    """Numbers are stored in blocks."""

    numbers: int
    """In a block."""
    block: np.dtype[Any]
    decode: Callable[[NDArray[Any]], NDArray[np.float32]]
    """From blocks to numbers."""


def _q4_1(blocks: NDArray[Any]) -> NDArray[np.float32]:
    nibbles = np.concatenate((blocks["q"] & 15, blocks["q"] >> 4), axis=1)
    return _single(blocks["scale"])[:, None] * nibbles + _single(blocks["least"])[:, None]


def _q8_0(blocks: NDArray[Any]) -> NDArray[np.float32]:
    return _single(blocks["scale"])[:, None] * _single(blocks["q"])


def _single(values: NDArray[Any]) -> NDArray[np.float32]:
    return values.astype(np.float32)


_FORMATS = {
    0: _Format(1, np.dtype("<f4"), _single),
    1: _Format(1, np.dtype("<f2"), _single),
    3: _Format(32, np.dtype([("scale", "<f2"), ("least", "<f2"), ("q", "u1", 16)]), _q4_1),
    8: _Format(32, np.dtype([("scale", "<f2"), ("q", "i1", 32)]), _q8_0),
}
"""By ggml's number of the type."""


def _reader(
    data: NDArray[np.uint8], at: int, shape: tuple[int, ...], stored: _Format
) -> Callable[[], NDArray[np.float32]]:
    def read() -> NDArray[np.float32]:
        blocks = np.frombuffer(data, stored.block, prod(shape) // stored.numbers, at)
        return stored.decode(blocks).reshape(shape)

    return read
