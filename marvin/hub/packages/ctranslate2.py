"""Reads the weights of a Whisper as CTranslate2 stores them, under transformers' names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marvin.hub.packages.binary_cursor import BinaryCursor

Variables = Mapping[str, NDArray[Any]]

_VERSION, _SPEC = 6, "WhisperSpec"
_DTYPES = {0: "float32", 1: "int8", 2: "int16", 3: "int32", 4: "float16"}
"""By CTranslate2's number."""
_LAYER_NAMES = {
    "self_attention/layer_norm": ("self_attn_layer_norm",),
    "self_attention/linear_0": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "self_attention/linear_1": ("self_attn.out_proj",),
    "attention/layer_norm": ("encoder_attn_layer_norm",),
    "attention/linear_0": ("encoder_attn.q_proj",),
    "attention/linear_1": ("encoder_attn.k_proj", "encoder_attn.v_proj"),
    "attention/linear_2": ("encoder_attn.out_proj",),
    "ffn/layer_norm": ("final_layer_norm",),
    "ffn/linear_0": ("fc1",),
    "ffn/linear_1": ("fc2",),
}
"""From CTranslate2's names to those of transformers; several are the rows of one matrix."""
_OTHER_NAMES = {
    "embeddings": "embed_tokens",
    "position_encodings": "embed_positions",
    "conv1": "conv1",
    "conv2": "conv2",
    "layer_norm": "layer_norm",
}
_KINDS = {
    "weight": "weight", "gamma": "weight", "encodings": "weight", "bias": "bias", "beta": "bias",
}  # fmt: skip


def read_variables(path: Path) -> Variables:
    """Raises ValueError, KeyError or struct.error if it is not a Whisper of the known version."""
    data = np.memmap(path, np.uint8, "r")
    cursor = _Cursor(data.data)
    version, spec, _revision = cursor.scalar("I"), cursor.text(), cursor.scalar("I")
    if (version, spec) != (_VERSION, _SPEC):
        raise ValueError(f"a {spec} of version {version}, not a {_SPEC} of version {_VERSION}")
    variables: dict[str, NDArray[Any]] = {}
    for _ in range(cursor.scalar("I")):
        name = cursor.text()
        shape = [cursor.scalar("I") for _ in range(cursor.scalar("B"))]
        dtype = np.dtype(_DTYPES[cursor.scalar("B")])
        length = cursor.scalar("I")
        count = length // dtype.itemsize
        variables[name] = np.frombuffer(data, dtype, count, cursor.at).reshape(shape)
        cursor.at += length
    aliases = {cursor.text(): cursor.text() for _ in range(cursor.scalar("I"))}
    if cursor.at != len(data) or (
        aliases.get("decoder/projection/weight") != "decoder/embeddings/weight"
    ):
        raise ValueError("its layout is unknown")
    return variables


class _Cursor(BinaryCursor):
    def text(self) -> str:
        return self.take(self.scalar("H"))[:-1].decode()  # a zero byte at the end


def tensors(variables: Variables) -> dict[str, NDArray[Any]]:
    """The weights by transformers' names, in the dtype in which they are stored."""
    return {
        new: np.ascontiguousarray(part)
        for name, value in variables.items()
        if value.ndim and name != "decoder/alignment_heads"  # the others are settings
        for new, part in _renamed(name, value)
    }


def _renamed(name: str, value: NDArray[Any]) -> Iterator[tuple[str, NDArray[Any]]]:
    side, *path, kind = name.split("/")
    if not path[0].startswith("layer_") or path[0] == "layer_norm":
        yield f"model.{side}.{_OTHER_NAMES[path[0]]}.{_KINDS[kind]}", value
        return
    names = _LAYER_NAMES["/".join(path[1:])]
    layer = path[0].removeprefix("layer_")
    for part, rows in zip(names, np.split(value, len(names)), strict=True):
        if part.endswith("k_proj") and kind == "bias":
            # Whisper's keys have no bias; CTranslate2 stores zeros.
            if rows.any():
                raise ValueError(f"{name}: the keys have a bias")
            continue
        yield f"model.{side}.layers.{layer}.{part}.{_KINDS[kind]}", rows
