"""Transcribed recordings, and how many words of a text are wrong."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.accuracy.command_recordings import read
from marvin.types import RATE_HZ, Samples

LONGEST_S = 30
"""Longer recordings are left out: their texts are of the whole."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A recording with its reference text."""

    path: Path
    text: str

    def samples(self) -> Samples:
        return read(self.path)


def readings(data: Path, count: int, *, language: str = "en") -> list[Reading]:
    """`count` recordings of at least two words, the same ones in each run; 0 for all."""
    with (data / "transcripts.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        found = [
            Reading(data / row["file"], row["text"]) for row in rows if row["lang"] == language
        ]
    found = [one for one in found if len(words(one.text)) > 1 and one.path.is_file()]
    random.Random(1).shuffle(found)
    short = (one for one in found if len(one.samples()) <= LONGEST_S * RATE_HZ)
    return [one for one, _ in zip(short, range(count or len(found)), strict=False)]


@cache
def _normalizer() -> Callable[[str], str]:
    from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

    normalize: Callable[[str], str] = EnglishTextNormalizer({})
    return normalize


def words(text: str) -> list[str]:
    """Normalised as in Whisper's paper: small letters, numbers as digits, no contractions."""
    return _normalizer()(text).split()
