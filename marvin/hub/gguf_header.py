"""Reads what a GGUF file says about its model."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marvin.errors import ModelLoadError
from marvin.hub.packages.gguf_file import ARRAY, SCALARS, STRING, GgufCursor
from marvin.hub.source import Source

_VERSIONS = (2, 3)
_TOKENS = "tokenizer.ggml.tokens"
_TEMPLATE = b"tokenizer.chat_template"
_METADATA = 1 << 28
"""Bytes in which all metadata is, with many to spare."""
_SHAPES = {
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "num_hidden_layers": "block_count",
    "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv",
    "head_dim": "attention.key_length",
}
"""From the names of transformers to those of GGUF."""


@dataclass(frozen=True, slots=True)
class GgufHeader:
    context: int | None
    """Tokens that the model was trained to read."""
    settings: Mapping[str, int]
    """Shapes, as config.json names them."""


def read_header(path: Path, source: Source) -> GgufHeader:
    """Raises ModelLoadError if it is not a GGUF file, or of another version."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            facts = _facts(data)
    except OSError as error:
        raise ModelLoadError(f"{source}: {path} cannot be read: {error.strerror}") from error
    except (ValueError, struct.error, KeyError) as error:
        raise ModelLoadError(
            f"{source}: {path} is damaged or no GGUF file ({error}): fetch it again"
        ) from error
    kind = facts.get("general.architecture")
    shapes = {name: facts.get(f"{kind}.{theirs}") for name, theirs in _SHAPES.items()}
    shapes["vocab_size"] = facts.get(_TOKENS)
    context = facts.get(f"{kind}.context_length")
    return GgufHeader(
        context if isinstance(context, int) else None,
        {name: value for name, value in shapes.items() if isinstance(value, int)},
    )


def read_template(path: Path) -> str:
    """The chat template, in Jinja; empty if there is none. It comes after the tokens, which take
    long to read one by one. Raises OSError."""
    key = struct.pack("<Q", len(_TEMPLATE)) + _TEMPLATE + struct.pack("<I", STRING)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.find(key, 0, _METADATA)
        if at < 0:
            return ""
        begin = at + len(key) + 8
        (length,) = struct.unpack("<Q", data[begin - 8 : begin])
        return data[begin : begin + min(length, _METADATA)].decode("utf-8", "replace")


def _facts(data: mmap.mmap) -> dict[str, Any]:
    """The metadata before the tokeniser's; of an array only its length."""
    with memoryview(data) as view:
        cursor = GgufCursor(view)
        if cursor.take(4) != b"GGUF":
            raise ValueError("it does not begin with GGUF")
        version = cursor.scalar("I")
        if version not in _VERSIONS:
            raise ValueError(f"version {version}; Marvin knows 2 and 3")
        _, count = cursor.scalar("Q"), cursor.scalar("Q")
        facts: dict[str, Any] = {}
        for _ in range(count):
            name, kind = cursor.text(), cursor.scalar("I")
            if kind != ARRAY:
                facts[name] = cursor.value(kind)
                continue
            inner, facts[name] = cursor.scalar("I"), cursor.scalar("Q")
            if name == _TOKENS:
                break
            _skip(cursor, inner, facts[name])
        return facts


def _skip(cursor: GgufCursor, kind: int, count: int) -> None:
    if kind == STRING:
        for _ in range(count):
            cursor.skip(cursor.scalar("Q"))
    else:
        cursor.skip(count * struct.calcsize(f"<{SCALARS[kind]}"))
