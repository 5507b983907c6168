"""Transcribed recordings, and how many words of a text are wrong."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

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
    found = [one for one in _transcribed(data, language) if len(words(one.text)) > 1]
    short = filter(_is_short, found)
    return [one for one, _ in zip(short, range(count or len(found)), strict=False)]


def spread(data: Path, most: int) -> list[Reading]:
    """At most `most` recordings of each source, single words too; each first part of the list is
    spread evenly over the sources."""
    sources: dict[str, list[Reading]] = {}
    for one in filter(_is_short, _transcribed(data, "en")):
        sources.setdefault(source_of(one, data), []).append(one)
    placed = [
        ((at + 0.5) / min(most, len(found)), name, one)
        for name, found in sources.items()
        for at, one in enumerate(found[:most])
    ]
    return [one for _, _, one in sorted(placed, key=lambda item: item[:2])]


def source_of(reading: Reading, data: Path) -> str:
    """The folder of the recording, or `others`."""
    folder, *more = reading.path.relative_to(data).parts[1:]
    return folder if more else "others"


def _transcribed(data: Path, language: str) -> list[Reading]:
    """In random order, the same in each run."""
    with (data / "transcripts.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        found = [
            Reading(data / row["file"], row["text"]) for row in rows if row["lang"] == language
        ]
    found = [one for one in found if words(one.text) and one.path.is_file()]
    random.Random(1).shuffle(found)
    return found


def _is_short(reading: Reading) -> bool:
    return len(reading.samples()) <= LONGEST_S * RATE_HZ


def interval(changes: Sequence[int]) -> tuple[float, float]:
    """95 % interval of the sum of paired differences, by drawing recordings anew."""
    draws = np.random.default_rng(1).integers(0, len(changes), (2000, len(changes)))
    low, high = np.percentile(np.array(changes)[draws].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)


@cache
def _normalizer() -> Callable[[str], str]:
    from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

    normalize: Callable[[str], str] = EnglishTextNormalizer({})
    return normalize


def words(text: str) -> list[str]:
    """Normalised as in Whisper's paper: small letters, numbers as digits, no contractions."""
    return _normalizer()(text).split()
