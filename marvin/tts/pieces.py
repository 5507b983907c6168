"""Cuts text that is longer than a voice can say in one go, where a reader would breathe."""

import re
import unicodedata
from collections.abc import Iterator

_BREAKS = (
    re.compile(r"[.!?…]+[\"'”’)\]]*\s|[。！？]"),  # noqa: RUF001 (marks of Chinese and Japanese)
    re.compile(r"[,;:)]\s|\s[-–—]\s|—|[、，；：]"),  # noqa: RUF001
    re.compile(r"\s"),
)
"""Ends of sentences, of clauses, of words: the first kind that is there is taken."""

_WIDE = 3
"""Letters of Latin writing that take as long to say as one Chinese, Japanese or Korean one."""


def speakable(text: str) -> bool:
    """Whether there is anything to say in it: a letter or a digit."""
    return any(map(str.isalnum, text))


def pieces(text: str, limit: int) -> Iterator[str]:
    """The text in speakable pieces, each as long to say as `limit` Latin letters, or shorter."""
    text = " ".join(text.split())
    while text:
        at = _cut(text, limit)
        piece, text = text[:at].strip(), text[at:].lstrip()
        if speakable(piece):
            yield piece


def _cut(text: str, limit: int) -> int:
    """Characters of the next piece."""
    fitting = 0
    for character in text:
        limit -= _WIDE if unicodedata.east_asian_width(character) in "WF" else 1
        if limit < 0:
            break
        fitting += 1
    if fitting == len(text):
        return fitting
    for kind in _BREAKS:
        # Not too near to the beginning: a stump of a word or two sounds like a stutter.
        ends = [match.end() for match in kind.finditer(text[: fitting + 1])]
        if ends and fitting // 3 < ends[-1]:
            return ends[-1]
    return max(1, fitting)
