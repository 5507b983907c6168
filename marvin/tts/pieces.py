"""Splits text that is too long for one run of a voice at natural pauses."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace

from marvin.types import AudioChunk

_BREAKS = (
    re.compile(r"[.!?…]+[\"'”’)\]]*\s|[。！？]"),  # noqa: RUF001 (marks of Chinese and Japanese)
    re.compile(r"[,;:)]\s|\s[-–—]\s|—|[、，；：]"),  # noqa: RUF001
    re.compile(r"\s"),
)
"""Ends of sentences, clauses and words, in order of preference."""

_WIDE = 3
"""A Chinese, Japanese or Korean character takes as long to say as this many Latin letters."""


def speakable(text: str) -> bool:
    """Whether it contains a letter or a digit."""
    return any(map(str.isalnum, text))


def pieces(text: str, limit: int) -> Iterator[str]:
    """Speakable pieces that take at most as long to say as `limit` Latin letters."""
    text = " ".join(text.split())
    while text:
        at = _cut(text, limit)
        piece, text = text[:at].strip(), text[at:].lstrip()
        if speakable(piece):
            yield piece


def in_pieces(
    text: str, limit: int, say: Callable[[str], Iterator[AudioChunk]]
) -> Iterator[AudioChunk]:
    """The audio of all pieces, one after the other."""
    start = 0
    for piece in pieces(text, limit):
        for chunk in say(piece):
            yield replace(chunk, start=start)
            start += len(chunk.samples)


def _cut(text: str, limit: int) -> int:
    """Length of the next piece in characters."""
    fitting = 0
    for character in text:
        limit -= _WIDE if unicodedata.east_asian_width(character) in "WF" else 1
        if limit < 0:
            break
        fitting += 1
    if fitting == len(text):
        return fitting
    for kind in _BREAKS:
        # Not too close to the beginning: a fragment of a word or two sounds like a stutter.
        ends = [match.end() for match in kind.finditer(text[: fitting + 1])]
        if ends and fitting // 3 < ends[-1]:
            return ends[-1]
    return max(1, fitting)
