"""The recordings of `home_commands.py`, with their expected results."""

from __future__ import annotations

import csv
import random
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from marvin.stt.automaton import WordGraph
from marvin.stt.grammar import compile_grammar
from marvin.stt.spoken import pieces
from marvin.types import RATE_HZ, Patterns, Samples

LONGEST_S = 15
"""Longest utterance before the endpointer ends it, in seconds."""

SHORT_WORDS = 8
"""`--fit` adds recordings up to this many words to the grammar."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording and its expected result."""

    group: str
    path: Path
    text: str | None
    """The expected text; None if it should be rejected."""
    wake: Path | None = None
    """Wake word recording to prepend."""
    added: bool = False
    """Whether its words are added to the grammar."""

    @property
    def half(self) -> str:
        """`tune` or `report`, by its name."""
        return ("report", "tune")[zlib.crc32(self.path.name.encode()) % 2]


def normal(text: str) -> str:
    """The text in the grammar's spelling."""
    return " ".join("".join(pieces(text)).split())


def spoken_texts(data: Path) -> dict[Path, str]:
    """The known transcripts of English recordings."""
    texts = {}
    with (data / "transcripts.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["lang"] == "en":
                texts[data / row["file"]] = normal(row["text"])
    for folder in ("picovoice_jarvis", "picovoice_snowboy", "picovoice_view_glass"):
        for path in (data / "wake" / "other" / folder).glob("*.wav"):
            texts[path] = folder.partition("_")[2].replace("_", " ")
    singles = data / "negatives" / "mycroft_not_wake_en"
    with (singles / "metadata.csv").open(encoding="utf-8") as file:
        for name, text, *_ in csv.reader(file):
            texts[singles / name] = normal(text)
    for path in (data / "wake" / "words35").rglob("*.wav"):
        word = path.stem if path.stem.isalpha() else path.parent.name
        if word.isalpha():
            texts[path] = word
    return {path: text for path, text in texts.items() if path.is_file()}


def recordings(data: Path, patterns: Patterns) -> Iterator[Clip]:
    """Home commands, with and without the wake word, and other speech."""
    texts = spoken_texts(data)
    wakes = sorted((data / "wake").glob("marvin*/*.wav"))
    pick = random.Random(1)
    homes = sorted((data / "speech-en" / "ha_commands").glob("*.wav"))
    homes.append(data / "speech-en" / "wyoming" / "turn_on_the_living_room_lamp.wav")
    for path in homes:
        strange = path.stem.startswith("oov")
        group = "out of grammar" if strange else "commands"
        text = None if strange else normal(path.stem.replace("_", " "))
        yield Clip(group, path, text)
        yield Clip(f"{group} + wake", path, text, wake=pick.choice(wakes))
    libri = set(data.glob("negatives/librispeech_251spk/**/*.flac"))
    libri |= set(data.glob("speech-en/librispeech_test_other/**/*.flac"))
    said = sentences(compile_grammar(patterns))
    others = {*texts, *data.glob("wake/other/**/*.wav")} - libri - set(homes)
    for group, paths in {
        "librispeech": libri,
        "out of grammar": {path for path in others if not said(texts.get(path, "").split())},
        "other languages": data.glob("speech-xx/**/*.wav"),
        "noise": data.glob("noise/**/*.wav"),
    }.items():
        for path in sorted(paths):
            yield Clip(group, path, None)
    for path in sorted(others & texts.keys()):
        if len(texts[path].split()) <= SHORT_WORDS:
            yield Clip("added words", path, texts[path], added=True)


def sentences(graph: WordGraph) -> Callable[[list[str]], bool]:
    """A function that tells whether the grammar accepts words."""
    arcs = defaultdict(list)
    for source, target, word in graph.arcs:
        arcs[source, word].append(target)

    def accepts(words: list[str]) -> bool:
        states = {0}
        for word in words:
            states = {target for state in states for target in arcs[state, word]}
        return bool(states & graph.accepting)

    return accepts


def audio(clip: Clip) -> Samples:
    """The clip at RATE_HZ, after its wake word and a pause of 0.1 to 0.5 s."""
    samples = read(clip.path)[: LONGEST_S * RATE_HZ]
    if clip.wake is None:
        return samples
    wake = read(clip.wake)
    gap = np.zeros(random.Random(clip.path.name).randint(RATE_HZ // 10, RATE_HZ // 2), np.float32)
    loudness = np.std(samples) / max(1e-6, float(np.std(wake)))
    return np.concatenate([wake * np.float32(loudness), gap, samples])


def read(path: Path) -> Samples:
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono: Samples = soxr.resample(samples.mean(axis=1), rate_hz, RATE_HZ).astype(np.float32)
    return mono
