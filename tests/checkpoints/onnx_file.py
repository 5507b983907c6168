"""Reads constants and nodes of an ONNX file, of whose protocol buffers so little is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DTYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 7: np.dtype("<i8")}


@dataclass(frozen=True)
class OnnxFile:
    constants: dict[str, NDArray[Any]]
    """By name; other dtypes than float32 and int64 are left out."""
    nodes: list[tuple[str, ...]]
    """The inputs of each node, constants among them."""


def read_onnx(path: Path) -> OnnxFile:
    graph = next(value for field, value in _fields(path.read_bytes()) if field == 7)
    constants, nodes = {}, []
    for field, value in _fields(graph):
        if field == 1:
            nodes.append(tuple(name.decode() for number, name in _fields(value) if number == 1))
        elif field == 5:
            shape = [_varint(dim, 0)[0] for number, dim in _fields(value) if number == 1]
            facts = dict(_fields(value))
            if dtype := _DTYPES.get(_varint(facts[2], 0)[0]):
                constants[facts[8].decode()] = np.frombuffer(facts[9], dtype).reshape(shape)
    return OnnxFile(constants, nodes)


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each field; numbers stay encoded."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        begin = at
        if key & 7 == 0:
            _, at = _varint(data, at)
        elif key & 7 == 2:
            length, begin = _varint(data, at)
            at = begin + length
        else:
            at += 4 if key & 7 == 5 else 8
        yield key >> 3, data[begin:at]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
