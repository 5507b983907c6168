"""How often home commands are understood, and how often other speech is taken for one.

    python benchmarks/commands.py --data DIR [-v] [--built-in] [--half tune|report] [--fit]

DIR holds the recordings (folders speech-en, wake, negatives, noise, transcripts.tsv).
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import subprocess
import time
import tomllib
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass, fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr

from marvin.cancellation import CancelToken
from marvin.config.tables import SkillsConfig, SphinxConfig
from marvin.skills.skillset import Skillset
from marvin.stt.automaton import WordGraph
from marvin.stt.confidence import Evidence, confidence
from marvin.stt.grammar import compile_grammar
from marvin.stt.sphinx import SphinxTranscriber
from marvin.stt.spoken import pieces, written
from marvin.types import RATE_HZ, Patterns, Samples

LONGEST_S = 15
"""The endpointer ends an utterance there, in seconds."""

TAKEN = 0.03
"""Share of the strangers' clips of the tuning half at which `--fit` puts a confidence of 0.5."""

LENGTH_SHARE = 0.5
"""Weight of length in that of fit. Not learned, as the clips with added words happen to be short:
so far falls what one stranger in twenty reaches when the phones grow e-fold."""

SHORT_WORDS = 8
"""`--fit` adds other people's recordings of at most so many words to the grammar."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording and what should come of it."""

    group: str
    path: Path
    text: str | None
    """What was said, where the grammar accepts it; None where nothing should be understood."""
    wake: Path | None = None
    """Recording of the wake word that is put in front."""
    added: bool = False
    """Recognised with a grammar to which its words were added."""

    @property
    def half(self) -> str:
        """The half it belongs to: `tune` or `report`, by its name."""
        return ("report", "tune")[zlib.crc32(self.path.name.encode()) % 2]


@dataclass(frozen=True, slots=True)
class Result:
    """What was recognised in a clip."""

    clip: Clip
    text: str
    evidence: Evidence | None
    compute_s: float
    audio_s: float

    @property
    def right(self) -> bool:
        """Word for word."""
        return self.clip.text is not None and self.text == self.clip.text

    @property
    def confidence(self) -> float:
        """In [0, 1]; nothing recognised is no command either."""
        return confidence(self.evidence) if self.evidence and self.text else 0.0


def home_patterns(built_in: bool) -> Patterns:
    """The household's commands, with or without those of the built-in skills."""
    toml = Path(__file__).with_name("home_commands.toml").read_text(encoding="utf-8")
    config = SkillsConfig.model_validate(tomllib.loads(toml)["skills"])
    if built_in:
        return Skillset.load(config).patterns()
    lists: dict[str, tuple[str, ...] | range] = dict(config.lists)
    for name, words in config.lists.items():
        if bounds := re.fullmatch(r"(\d+)\.\.(\d+)", words[0]):
            lists[name] = range(int(bounds[1]), int(bounds[2]) + 1)
    sentences = (sentence for command in config.commands for sentence in command.sentences)
    return Patterns(tuple(sentences), lists)


def normal(text: str) -> str:
    """Words as the grammar writes them."""
    return " ".join("".join(pieces(text)).split())


def spoken_texts(data: Path) -> dict[Path, str]:
    """What was said in the English recordings whose words are known."""
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
    """Home commands, alone and with the wake word in front, and what should be no command."""
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
    """Tells whether a grammar accepts words."""
    arcs = defaultdict(list)
    for source, target, word in graph.arcs:
        arcs[source, word].append(target)

    def accepts(words: list[str]) -> bool:
        states = {0}
        for word in words:
            states = {target for state in states for target in arcs[state, word]}
        return bool(states & graph.accepting)

    return accepts


def count_sentences(graph: WordGraph) -> int:
    """Sentences that a grammar accepts; each is one path, as the graph is deterministic."""
    after = defaultdict(list)
    for source, target, _ in graph.arcs:
        after[source].append(target)

    @cache
    def from_state(state: int) -> int:
        return (state in graph.accepting) + sum(map(from_state, after[state]))

    return from_state(0)


def audio(clip: Clip) -> Samples:
    """The clip at the line's rate, its wake word 0.1 to 0.5 s before it."""
    samples = read(clip.path)[: LONGEST_S * RATE_HZ]
    if clip.wake is None:
        return samples
    wake = read(clip.wake)
    gap = np.zeros(random.Random(clip.path.name).randint(RATE_HZ // 10, RATE_HZ // 2), np.float32)
    loudness = np.std(samples) / max(1e-6, float(np.std(wake)))
    return np.concatenate([wake * np.float32(loudness), gap, samples])


def read(path: Path) -> Samples:
    """A recording, mono."""
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono: Samples = soxr.resample(samples.mean(axis=1), rate_hz, RATE_HZ).astype(np.float32)
    return mono


def pronounce(word: str) -> str:
    """IPA by the espeak-ng program."""
    command = ["espeak-ng", "-q", "--ipa", "-v", "en-us", "--", word]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def recognise(clips: list[Clip], patterns: Patterns) -> list[Result]:
    """Every clip through one recogniser."""
    transcriber = SphinxTranscriber.load(SphinxConfig(), patterns, pronounce=pronounce)
    results = []
    for clip in clips:
        samples = audio(clip)
        began = time.process_time()
        words, evidence = transcriber.examine(samples, CancelToken())
        compute_s = time.process_time() - began
        text = " ".join(filter(None, map(written, words)))
        results.append(Result(clip, text, evidence, compute_s, len(samples) / RATE_HZ))
    return results


def recognise_all(clips: list[Clip], patterns: Patterns, jobs: int) -> list[Result]:
    """The clips shared among processes."""
    with ProcessPoolExecutor(jobs) as pool:
        parts = [clips[job::jobs] for job in range(jobs)]
        return [result for part in pool.map(recognise, parts, [patterns] * jobs) for result in part]


def fit(results: list[Result]) -> None:
    """Prints WEIGHTS (logistic regression) and BIAS (moved to TAKEN) for `confidence.py`."""
    used = [
        result
        for result in results
        # With words added, another's word is heard wrong, not out of place.
        if result.evidence and result.text and (result.right or not result.clip.added)
    ]
    values = np.array([astuple(result.evidence) for result in used if result.evidence])
    values[:, 0] += LENGTH_SHARE * values[:, 1]
    values = np.delete(values, 1, axis=1)
    right = np.array([result.right for result in used], float)
    weight = np.where(right == 1, 0.5 / right.sum(), 0.5 / (1 - right).sum()) * len(used)
    mean, spread = values.mean(axis=0), values.std(axis=0)
    inputs = np.column_stack([(values - mean) / spread, np.ones(len(used))])
    found = np.zeros(inputs.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-inputs @ found))
        slope = inputs.T @ (weight * (chance - right)) + found
        bend = (inputs * (weight * chance * (1 - chance))[:, None]).T @ inputs
        found -= np.linalg.solve(bend + np.eye(len(found)), slope)
    weights = found[:-1] / spread
    weights = np.insert(weights, 1, LENGTH_SHARE * weights[0])
    strangers = [result for result in results if result.clip.group == "out of grammar"]
    totals = sorted(
        float(weights @ astuple(result.evidence)) if result.evidence and result.text else -99.0
        for result in strangers
    )
    bias = -totals[int(len(totals) * (1 - TAKEN))]
    names = (field.name for field in fields(Evidence))
    pairs = ", ".join(f"{name}={value:.2f}" for name, value in zip(names, weights, strict=True))
    print(f"WEIGHTS = Evidence({pairs})\nBIAS = {bias:.2f}")


def report(results: list[Result], limit: float, verbose: bool) -> None:
    """Prints the shares of each group."""
    for group in dict.fromkeys(result.clip.group for result in results):
        of_group = [result for result in results if result.clip.group == group]
        taken = [result for result in of_group if result.confidence >= limit]
        right = sum(result.right for result in taken)
        wrong = len(taken) - right
        heard = sum(result.right for result in of_group)
        line = f"{group:22} {len(of_group):4} clips"
        if of_group[0].clip.text is not None:
            line += f", exactly right {right} ({right / len(of_group):.0%}), heard right {heard}"
        print(f"{line}, wrongly taken {wrong} ({wrong / len(of_group):.1%})")
    ratio = sum(result.compute_s for result in results) / sum(result.audio_s for result in results)
    print(f"compute time / audio time: {ratio:.3f}")
    for result in results if verbose else ():
        mark = "right" if result.right else "wrong"
        said = result.text if result.confidence >= limit else f"({result.text})"
        print(f"{mark}  {result.confidence:.2f}  {result.clip.path.name} | {said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the recordings")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--half", choices=("tune", "report"), help="only this half of the clips")
    parser.add_argument("--fit", action="store_true", help="fit the confidence on the tuning half")
    parser.add_argument("--built-in", action="store_true", help="with the built-in skills")
    parser.add_argument("-v", action="store_true", dest="verbose", help="a line for each clip")
    options = parser.parse_args()
    patterns = home_patterns(options.built_in)
    graph = compile_grammar(patterns)
    print(f"grammar: {len(graph.words)} words, {count_sentences(graph)} sentences")
    clips = list(recordings(options.data, patterns))
    half = "tune" if options.fit else options.half
    clips = [clip for clip in clips if half in (None, clip.half)]
    results = recognise_all([c for c in clips if not c.added], patterns, options.jobs)
    if options.fit:
        added = [clip for clip in clips if clip.added]
        texts = dict.fromkeys(clip.text for clip in added if clip.text)
        wider = replace(patterns, sentences=patterns.sentences + tuple(texts))
        results += recognise_all(added, wider, options.jobs)
        fit(results)
    report(results, SphinxConfig().confidence, options.verbose)


if __name__ == "__main__":
    main()
