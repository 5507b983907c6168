"""Clips for `whisper_grammar.py`: commands with and without noise, other speech, noise."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.accuracy.command_recordings import normal, read, sentences, spoken_texts
from benchmarks.accuracy.spoken_commands import half, said_by
from marvin.backends.espeak.process import EspeakProcess
from marvin.stt.automaton import WordGraph
from marvin.stt.spoken import written
from marvin.types import RATE_HZ, Samples

VOICES = ("slt", "rms", "awb", "espeak")
SNR_DB = 8.0
NOISE_S = 4
LONGEST_S = 15
"""Longest utterance before the endpointer ends it."""


@dataclass(frozen=True, slots=True)
class GrammarClip:
    group: str
    name: str
    samples: Samples
    text: str | None
    """The expected sentence; None if it is not in the grammar."""


def mixed(samples: Samples, noise: Samples, snr_db: float = SNR_DB) -> Samples:
    """With noise over its whole length and half a second on both sides."""
    around = np.pad(samples, RATE_HZ // 2)
    noise = np.resize(noise, len(around))
    power = float(np.mean(samples**2)) / max(1e-12, float(np.mean(noise**2)))
    return np.asarray(around + noise * np.sqrt(power / 10 ** (snr_db / 10)), np.float32)


def random_sentences(graph: WordGraph, count: int, seed: int = 1) -> list[str]:
    """Sentences of the grammar, one choice after the other."""
    pick = random.Random(seed)
    after: dict[int, list[tuple[str, int]]] = {}
    for source, target, word in graph.arcs:
        after.setdefault(source, []).append((word, target))
    found: dict[str, None] = {}
    while len(found) < count:
        state, words = 0, list[str]()
        while state in after and not (state in graph.accepting and pick.random() < 0.5):
            word, state = pick.choice(after[state])
            words.append(written(word))
        found[" ".join(filter(None, words))] = None
    return list(found)


def spoken(texts: Sequence[str], folder: Path) -> Iterator[tuple[str, Samples]]:
    """Each text by one voice in turn, cached in the folder."""
    with closing(EspeakProcess()) as espeak:
        espeak.start()
        for index, text in enumerate(texts):
            path = said_by(VOICES[index % len(VOICES)], text, folder, espeak)
            yield text, np.pad(read(path), RATE_HZ // 2)


def noises(data: Path, only: str) -> list[tuple[str, Samples]]:
    """Pieces of the recordings of noise and music."""
    found = []
    for path in sorted((data / "noise").rglob("*")):
        if path.suffix not in (".wav", ".ogg", ".flac", ".mp3") or half(path.name) != only:
            continue
        samples = read(path)
        for start in range(0, min(len(samples), 5 * NOISE_S * RATE_HZ), NOISE_S * RATE_HZ):
            piece = samples[start : start + NOISE_S * RATE_HZ]
            if len(piece) >= RATE_HZ // 2:
                found.append((f"{path.name}@{start // RATE_HZ}", piece))
    return found


def babble(samples: Sequence[Samples]) -> Samples:
    """Several people at once."""
    length = 20 * RATE_HZ
    return np.asarray(sum(np.resize(one / one.std(), length) for one in samples), np.float32)


def real_commands(data: Path, graph: WordGraph) -> list[tuple[str, Path, str]]:
    """People's recordings whose words are in the grammar."""
    accepts = sentences(graph)
    return [
        (str(path.relative_to(data)), path, said)
        for path, said in sorted(_texts(data).items())
        if said and accepts(said.split())
    ]


def other_speech(data: Path, graph: WordGraph, only: str) -> list[tuple[str, Path]]:
    """People's recordings whose words are not in the grammar, or not known."""
    accepts = sentences(graph)
    texts = _texts(data)
    paths = {*texts, *data.glob("wake/other/**/*.wav"), *data.glob("speech-xx/**/*.wav")}
    paths |= {*data.glob("negatives/librispeech_251spk/**/*.flac")}
    paths |= {*data.glob("speech-en/librispeech_test_other/**/*.flac")}
    return [
        (str(path.relative_to(data)), path)
        for path in sorted(paths, key=lambda path: zlib.crc32(path.name.encode()))
        if not accepts(texts.get(path, "").split()) and half(path.name) == only
    ]


def _texts(data: Path) -> dict[Path, str]:
    texts = spoken_texts(data)
    for path in (data / "speech-en" / "ha_commands").glob("*.wav"):
        texts[path] = normal(path.stem.replace("_", " "))
    return texts
