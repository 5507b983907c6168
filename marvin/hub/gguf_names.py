"""Names of GGUF models: a file, or a repository with a quantisation (`owner/name:Q4_K_M`), as
llama.cpp and Ollama have them. Pure logic."""

from __future__ import annotations

import re
from collections.abc import Iterable

SUFFIX = ".gguf"
_BEST = ("Q4_K_M", "Q4_0", "Q4_K_S", "Q4_1", "Q5_K_M", "Q8_0")
"""Preferred quantisations: 4 bits lose little, and a token takes as long as its bytes."""
_SHARD = r"(-\d{5}-of-\d{5})?"


def repository_id(name: str) -> str:
    """The id without the quantisation."""
    return name.partition(":")[0]


def is_gguf_file(name: str) -> bool:
    """Whether it is a path rather than a name."""
    return name.startswith(("/", ".", "~")) or name.endswith(SUFFIX)


def choose_gguf(name: str, files: Iterable[str]) -> tuple[str, ...]:
    """The file of a model's quantisation, or of the best one; several if it is sharded."""
    ggufs = sorted(one for one in files if one.endswith(SUFFIX) and "mmproj" not in one.lower())
    _, _, wanted = name.partition(":")
    for quantisation in (wanted,) if wanted else _BEST:
        ending = re.compile(rf"(^|[-._]){re.escape(quantisation)}{_SHARD}{SUFFIX}$", re.IGNORECASE)
        if found := tuple(one for one in ggufs if ending.search(one)):
            return found
    return () if wanted else tuple(one for one in ggufs if _stem(one) == _stem(ggufs[0]))


def _stem(file: str) -> str:
    """Shared by the shards of a file."""
    return re.sub(rf"{_SHARD}{SUFFIX}$", "", file)
