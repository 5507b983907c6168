"""Word error rate and CPU time of Whisper's dtypes and shortcuts on transcribed recordings.

    python -m benchmarks.accuracy.whisper_words --model FOLDER --data DIR [--clips 70]
        [--variants NAME ...] [--jobs 2] [-v]

Each process has one thread; in it, the variants take turns at each recording.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.accuracy.word_errors import Reading, interval, readings, words
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.stt.sounds import distance
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import Endpoint, Samples, Utterance

WHOLE = "float32, whole window"
DTYPES = ("float32", "bfloat16", "float16", "int8")
VARIANTS: Mapping[str, tuple[str, bool]] = {
    WHOLE: ("float32", False),
    **{dtype: (dtype, True) for dtype in DTYPES},
}
"""The dtype, and whether silence is thinned."""


@dataclass
class Tally:
    """The results of a variant, by recording."""

    texts: list[str] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    cpu_s: float = 0.0


def load(model: str, variant: str, *, drafts: bool = False) -> WhisperTranscriber:
    dtype, thin = VARIANTS[variant]
    config = WhisperConfig(model=model, thin_silence=thin, drafts=drafts)
    engine = WhisperTranscriber.load(config, Place("cpu", dtype, 1))
    engine.warm()
    return engine


def hear(engine: WhisperTranscriber, samples: Samples) -> str:
    utterance = Utterance(samples, 0, 1.0, Endpoint.SILENCE)
    return engine.transcribe(utterance, CancelToken()).text


def measure(model: str, variants: Sequence[str], clips: Sequence[Reading]) -> dict[str, Tally]:
    import torch

    torch.set_num_threads(1)
    engines = {name: load(model, name) for name in variants}
    tallies = {name: Tally() for name in variants}
    for clip in clips:
        samples, wanted = clip.samples(), words(clip.text)
        for name, engine in engines.items():
            began = time.process_time()
            text = hear(engine, samples)
            tally = tallies[name]
            tally.cpu_s += time.process_time() - began
            tally.texts.append(text)
            tally.wrong.append(distance(wanted, words(text)))
    return tallies


def measure_all(
    model: str, variants: Sequence[str], clips: Sequence[Reading], jobs: int
) -> dict[str, Tally]:
    """Measure in parallel processes."""
    sums = {name: Tally() for name in variants}
    with ProcessPoolExecutor(jobs) as pool:
        edges = [len(clips) * job // jobs for job in range(jobs + 1)]
        parts = [clips[start:end] for start, end in pairwise(edges)]
        for tallies in pool.map(measure, [model] * jobs, [variants] * jobs, parts):
            for name, tally in tallies.items():
                sums[name].texts += tally.texts
                sums[name].wrong += tally.wrong
                sums[name].cpu_s += tally.cpu_s
    return sums


def report(tallies: Mapping[str, Tally], clips: Sequence[Reading], verbose: bool) -> None:
    total = sum(len(words(clip.text)) for clip in clips)
    first = next(iter(tallies.values()))
    print(f"{len(clips)} recordings, {total} words; compared with {next(iter(tallies))}")
    for name, tally in tallies.items():
        change = np.array(tally.wrong) - np.array(first.wrong)
        other = sum(map(str.__ne__, tally.texts, first.texts))
        low, high = (one / total * 100 for one in interval(change))
        print(
            f"{name:22} WER {sum(tally.wrong) / total:.1%} "
            f"({change.sum() / total * 100:+.1f} points, {low:+.1f} to {high:+.1f}), "
            f"CPU {tally.cpu_s / first.cpu_s:.2f}, {other} texts differ: "
            f"{(change < 0).sum()} better, {(change > 0).sum()} worse"
        )
    for at, clip in enumerate(clips) if verbose else ():
        print(f"\n{clip.path.name}: {clip.text}")
        for name, tally in tallies.items():
            print(f"  {tally.wrong[at]:2} {name:22} {tally.texts[at]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", required=True, help="checkpoint of a published Whisper")
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--clips", type=int, default=70, help="number of recordings, 0 for all")
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("-v", action="store_true", dest="verbose", help="print every text")
    options = parser.parse_args()
    clips = readings(options.data, options.clips)
    tallies = measure_all(options.model, options.variants, clips, options.jobs)
    report(tallies, clips, options.verbose)


if __name__ == "__main__":
    main()
