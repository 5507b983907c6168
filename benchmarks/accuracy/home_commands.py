"""Recognition and false acceptance of home commands.

    python -m benchmarks.accuracy.home_commands --data DIR [-v] [--built-in]
        [--half tune|report] [--fit]

DIR has recordings in speech-en, wake, negatives and noise, and transcripts.tsv.
"""

from __future__ import annotations

import argparse
import re
import time
import tomllib
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import astuple, dataclass, fields, replace
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.accuracy.command_recordings import Clip, audio, recordings
from marvin.backends.espeak.process import EspeakProcess
from marvin.backends.sphinx.fitting import balanced_weights
from marvin.cancellation import CancelToken
from marvin.config.stt import SphinxConfig
from marvin.config.tables import SkillsConfig
from marvin.skills.skillset import Skillset
from marvin.stt.automaton import WordGraph
from marvin.stt.grammar import compile_grammar
from marvin.stt.sphinx.confidence import FitEvidence
from marvin.stt.sphinx.sphinx import SphinxTranscriber
from marvin.stt.spoken import written
from marvin.types import RATE_HZ, Patterns

TAKEN = 0.03
"""Share of out-of-grammar tuning clips above a confidence of 0.5 after `--fit`."""

LENGTH_SHARE = 0.5
"""Weight of the length relative to that of the fit. Not learned, because the clips with added words
are short: how much the 95th percentile of other speech falls when the number of phones grows
e-fold."""


@dataclass(frozen=True, slots=True)
class Result:
    """The recognition result of a clip."""

    clip: Clip
    text: str
    evidence: FitEvidence | None
    confidence: float
    """In [0, 1]; 0 if nothing was recognised."""
    compute_s: float
    audio_s: float

    @property
    def right(self) -> bool:
        """Whether every word is right."""
        return self.clip.text is not None and self.text == self.clip.text


def home_patterns(built_in: bool) -> Patterns:
    """The household's commands, with or without the built-in skills."""
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


def count_sentences(graph: WordGraph) -> int:
    """Number of accepted sentences; one path each, because the graph is deterministic."""
    after = defaultdict(list)
    for source, target, _ in graph.arcs:
        after[source].append(target)

    @cache
    def from_state(state: int) -> int:
        return (state in graph.accepting) + sum(map(from_state, after[state]))

    return from_state(0)


def recognise(clips: list[Clip], patterns: Patterns) -> list[Result]:
    with closing(EspeakProcess()) as espeak:
        espeak.start()
        transcriber = SphinxTranscriber.load(SphinxConfig(), patterns, pronounce=espeak.phonemes)
    results = []
    for clip in clips:
        samples = audio(clip)
        began = time.process_time()
        found = transcriber.examine(samples, CancelToken())
        compute_s = time.process_time() - began
        text = " ".join(filter(None, map(written, found.words)))
        fits = found.confidence if text else 0.0
        results.append(Result(clip, text, found.evidence, fits, compute_s, len(samples) / RATE_HZ))
    return results


def recognise_all(clips: list[Clip], patterns: Patterns, jobs: int) -> list[Result]:
    """Recognise the clips in parallel processes."""
    with ProcessPoolExecutor(jobs) as pool:
        parts = [clips[job::jobs] for job in range(jobs)]
        return [result for part in pool.map(recognise, parts, [patterns] * jobs) for result in part]


def fit(results: list[Result]) -> None:
    """Print WEIGHTS (logistic regression) and BIAS (shifted to TAKEN) for `confidence.py`."""
    used = [
        result
        for result in results
        # With added words, a mismatch is a misrecognition instead of out-of-grammar speech.
        if result.evidence and result.text and (result.right or not result.clip.added)
    ]
    values = np.array([astuple(result.evidence) for result in used if result.evidence])
    values[:, 0] += LENGTH_SHARE * values[:, 1]
    values = np.delete(values, 1, axis=1)
    right = np.array([result.right for result in used], float)
    weights = balanced_weights(values, right)
    weights = np.insert(weights, 1, LENGTH_SHARE * weights[0])
    strangers = [result for result in results if result.clip.group == "out of grammar"]
    totals = sorted(
        float(weights @ astuple(result.evidence)) if result.evidence and result.text else -99.0
        for result in strangers
    )
    bias = -totals[int(len(totals) * (1 - TAKEN))]
    names = (field.name for field in fields(FitEvidence))
    pairs = ", ".join(f"{name}={value:.2f}" for name, value in zip(names, weights, strict=True))
    print(f"WEIGHTS = Evidence({pairs})\nBIAS = {bias:.2f}")


def report(results: list[Result], limit: float, verbose: bool) -> None:
    """Print the shares of each group."""
    for group in dict.fromkeys(result.clip.group for result in results):
        of_group = [result for result in results if result.clip.group == group]
        taken = [result for result in of_group if result.confidence >= limit]
        right = sum(result.right for result in taken)
        wrong = len(taken) - right
        heard = sum(result.right for result in of_group)
        line = f"{group:22} {len(of_group):4} clips"
        if of_group[0].clip.text is not None:
            line += f", exactly right {right} ({right / len(of_group):.0%}), heard right {heard}"
        print(f"{line}, wrongly accepted {wrong} ({wrong / len(of_group):.1%})")
    ratio = sum(result.compute_s for result in results) / sum(result.audio_s for result in results)
    print(f"compute time / audio time: {ratio:.3f}")
    for result in results if verbose else ():
        mark = "right" if result.right else "wrong"
        said = result.text if result.confidence >= limit else f"({result.text})"
        print(f"{mark}  {result.confidence:.2f}  {result.clip.path.name} | {said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument(
        "--half", choices=("tune", "report"), help="use only this half of the clips"
    )
    parser.add_argument("--fit", action="store_true", help="fit the confidence on the tuning half")
    parser.add_argument("--built-in", action="store_true", help="include the built-in skills")
    parser.add_argument("-v", action="store_true", dest="verbose", help="print a line per clip")
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
