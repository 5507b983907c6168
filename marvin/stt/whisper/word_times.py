"""Word timestamps from Whisper's cross-attention.

The method of OpenAI's `whisper/timing.py`: some cross-attention heads attend to the audio of the
next token; dynamic time warping over their weights gives the times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from marvin.types import Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNSPACED = {"zh", "ja", "th", "lo", "my", "yue"}
"""Languages without spaces between words: each character is a word."""
_SMOOTH = 7
"""Width of the median filter, in positions."""
_NOISE = 0.1
"""Fraction of the mean standard deviation below which weights are noise."""
_INCOMPLETE = "\ufffd"
"""Decoded from an incomplete UTF-8 sequence."""


def split_words(
    tokens: Sequence[int], decode: Callable[[list[int]], str], language: str
) -> list[tuple[str, int]]:
    """All tokens grouped into words, with the number of tokens in each."""
    words: list[tuple[str, int]] = []
    unit: list[int] = []
    for token in tokens:
        unit.append(token)
        text = decode(unit)
        if text.endswith(_INCOMPLETE) and len(unit) < 4:
            continue
        letters = any(map(str.isalnum, text))
        if words and not text.startswith(" ") and not (language in _UNSPACED and letters):
            before, count = words[-1]
            words[-1] = (before + text, count + len(unit))
        else:
            words.append((text, len(unit)))
        unit = []
    if unit:
        words.append((decode(unit), len(unit)))
    return words


def align(weights: NDArray[np.float32]) -> list[int]:
    """First position of each token.

    `weights` has shape (heads, tokens, positions), each token's from the step that generates it.
    """
    spread = weights.std(axis=1, keepdims=True)
    # Where no token attends, differences are noise, and must not be amplified.
    least = np.maximum(_NOISE * spread.mean(axis=2, keepdims=True), 1e-9)
    normal = (weights - weights.mean(axis=1, keepdims=True)) / np.maximum(spread, least)
    wide = np.pad(normal, ((0, 0), (0, 0), (_SMOOTH // 2, _SMOOTH // 2)), mode="reflect")
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(wide, _SMOOTH, axis=2), axis=-1)
    return _cheapest(-smooth.mean(axis=0))


def _cheapest(cost: NDArray[np.float32]) -> list[int]:
    """Dynamic time warping with a position for every token; returns where each begins."""
    tokens, positions = cost.shape
    if tokens > positions:
        return [token * positions // tokens for token in range(tokens)]
    total = np.full(tokens, np.inf)
    total[0] = cost[0, 0]
    moved = np.zeros((positions, tokens), bool)
    for position in range(1, positions):
        before = np.concatenate([[np.inf], total[:-1]])
        moved[position] = before < total
        total = np.minimum(before, total) + cost[:, position]
    starts = [0] * tokens
    token = tokens - 1
    for position in range(positions - 1, 0, -1):
        if moved[position, token]:
            starts[token] = position
            token -= 1
    return starts


def timed(
    words: Sequence[tuple[str, int]], starts: Sequence[int], position_s: float, offset_s: float
) -> tuple[Word, ...]:
    """Words with timestamps; `starts` has one position per token, and one for the end."""
    found = []
    at = 0
    for text, count in words:
        begin, end = starts[at], starts[at + count]
        at += count
        if text.strip():
            found.append(
                Word(text.strip(), offset_s + begin * position_s, offset_s + end * position_s)
            )
    return tuple(found)
