"""Whisper with and without the skills' sentences: commands, other speech, noise, CPU time.

    python -m benchmarks.accuracy.whisper_grammar --model FOLDER [--data DIR] [--half tune|report]
        [--others N] [--noises N] [--mixtures N] [--speech FOLDER] [--dtype DTYPE] [--jobs N] [-v]

The limits of `stt/whisper/known_sentences.py` were chosen with `--half tune`: synthetic voices
(Debian's flite, espeak-ng) speak sentences of the household of home_commands.py and of the
built-in skills, alone and in noise, and sentences that are in no grammar. `--half report` is other
material: people's recordings from DIR, alone, in rain, in babble and behind a recording of the wake
word by somebody else; their other speech, and noise, of the tuning half too if more are wanted.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.accuracy.command_recordings import Clip, audio, normal, read, sentences
from benchmarks.accuracy.grammar_clips import (
    LONGEST_S,
    GrammarClip,
    babble,
    half,
    mixed,
    noises,
    other_speech,
    random_sentences,
    real_commands,
    spoken,
)
from benchmarks.accuracy.home_commands import count_sentences, home_patterns
from benchmarks.accuracy.spoken_commands import meaning
from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.stt.address import WAKE_PHRASES
from marvin.stt.automaton import WordGraph
from marvin.stt.grammar import compile_grammar
from marvin.stt.whisper.token_graph import TokenGraph
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import RATE_HZ, Endpoint, Samples, Transcript, Utterance

HOME, BUILT_IN, NOISY, OUTSIDE = 70, 30, 60, 80
"""Numbers of synthetic clips."""
BOTH = 40
"""Clips of other speech and of noise that are also heard without the sentences."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A clip by free text alone, and with the sentences."""

    clip: GrammarClip
    known: Transcript
    known_s: float
    """CPU time."""
    free: Transcript | None = None
    """None if it was only heard with the sentences."""
    free_s: float = 0.0

    @property
    def asks(self) -> bool:
        """Whether the skills ask which was meant."""
        own = meaning(self.known.text)
        return any(meaning(other) != own for other in self.known.alternatives)

    @property
    def right(self) -> bool:
        return normal(self.known.text) == self.clip.text

    @property
    def same_meaning(self) -> bool:
        return meaning(self.known.text) == meaning(self.clip.text or "")


def tuning_clips(
    data: Path | None, speech: Path, graph: WordGraph, others: int, count: int
) -> Iterator[GrammarClip]:
    inside, outside = _lines("inside"), _lines("outside")
    texts = random_sentences(compile_grammar(home_patterns(built_in=False)), HOME)
    said = list(spoken([*texts, *inside[:BUILT_IN]], speech))
    for text, samples in said:
        yield GrammarClip("commands", text, samples, normal(text))
    accepts = sentences(graph)
    unknown = [text for text in outside if not accepts(normal(text).split())]
    strange = list(spoken(unknown[:OUTSIDE], speech))
    around = [babble([samples for _, samples in strange[:5]])]
    around += [samples for _, samples in noises(data, "tune")] if data else []
    for index, (text, samples) in enumerate(said[:NOISY]):
        noise = around[0 if index % 2 else index % len(around)]
        yield GrammarClip("commands in noise", text, mixed(samples, noise), normal(text))
    for text, samples in strange:
        yield GrammarClip("outside", text, samples, None)
    calls = [f"{call}{end}" for end in ("", "!") for call in WAKE_PHRASES]
    for text, samples in spoken(calls, speech):
        yield GrammarClip("wake word alone", text, samples, None)
    if data:
        yield from _strangers(data, graph, ("tune",), others, count)


def _lines(name: str) -> list[str]:
    """The tuning half of a list of sentences, shuffled."""
    path = Path(__file__).with_name(f"spoken_{name}.txt")
    chosen = [line for line in path.read_text("utf-8").splitlines() if half(line) == "tune"]
    random.Random(1).shuffle(chosen)
    return chosen


def reported_clips(
    data: Path, graph: WordGraph, others: int, count: int, mixtures: int
) -> Iterator[GrammarClip]:
    commands = real_commands(data, graph)
    for name, path, text in commands:
        yield GrammarClip("people", name, read(path), text)
    for group, noises_of in (("people in rain", _rain), ("people in babble", _babble)):
        for noise in noises_of(data, mixtures):
            for name, path, text in commands:
                yield GrammarClip(group, name, mixed(read(path), noise), text)
    calls = sorted((data / "wake").glob("marvin*/*.wav"))
    for index, (name, path, text) in enumerate(commands):
        called = audio(Clip("", path, text, wake=calls[index % len(calls)]))
        yield GrammarClip("people, called", name, called, text)
    for path in calls:
        alone = np.pad(read(path), (0, RATE_HZ))
        yield GrammarClip("wake word alone", path.name, alone, None)
    yield from _strangers(data, graph, ("report", "tune"), others, count)


def _rain(data: Path, mixtures: int) -> list[Samples]:
    """From several places of the recording."""
    rain = read(data / "noise" / "felix" / "rain.wav")
    return [np.roll(rain, -part * len(rain) // mixtures) for part in range(mixtures)]


def _babble(data: Path, mixtures: int) -> list[Samples]:
    """Of five readers each."""
    readers = sorted((data / "speech-en" / "librispeech_test_other").rglob("*.flac"))
    return [
        babble([read(path) for path in readers[5 * part : 5 * part + 5]])
        for part in range(mixtures)
    ]


def _strangers(
    data: Path, graph: WordGraph, halves: Sequence[str], others: int, count: int
) -> Iterator[GrammarClip]:
    speech = (clip for only in halves for clip in other_speech(data, graph, only))
    for name, path in islice(speech, others):
        group = "other languages" if name.startswith("speech-xx") else "other speech"
        yield GrammarClip(group, name, read(path)[: LONGEST_S * RATE_HZ], None)
    for name, samples in islice((clip for only in halves for clip in noises(data, only)), count):
        yield GrammarClip("noise", name, samples, None)


def hear(transcriber: WhisperTranscriber, clip: GrammarClip) -> tuple[Transcript, float]:
    """The transcript and the CPU time."""
    utterance = Utterance(clip.samples, 0, len(clip.samples) / RATE_HZ, Endpoint.SILENCE)
    began = time.process_time()
    transcript = transcriber.transcribe(utterance, CancelToken())
    return transcript, time.process_time() - began


def report(results: Sequence[Compared], accepts: Callable[[list[str]], bool]) -> None:
    for group in dict.fromkeys(one.clip.group for one in results):
        of_group = [one for one in results if one.clip.group == group]
        both = [one for one in of_group if one.free is not None]
        free_s, known_s = (
            sum(times) / len(both)
            for times in ((one.free_s for one in both), (one.known_s for one in both))
        )
        line = f"{group:17} {len(of_group):4} clips, CPU {free_s:.2f} -> {known_s:.2f} s"
        commands = [one for one in of_group if accepts(normal(one.known.text).split())]
        asked = sum(one.asks for one in commands)
        if of_group[0].clip.text is None:
            print(f"{line}, taken for a command {len(commands)}, asked back {asked}")
            continue
        before = sum(normal(one.free.text) == one.clip.text for one in both if one.free)
        exact = sum(one.right for one in of_group)
        wrong = sum(not one.asks and not one.same_meaning for one in commands)
        print(f"{line}, exact {before} -> {exact}, asked back {asked}, wrong {wrong}")


def describe(one: Compared) -> str:
    mark = "right" if one.right else "     "
    free = one.free.text if one.free else ""
    also = " / ".join(("", *one.known.alternatives))
    return f"{mark} {one.clip.group}: {one.clip.name} | {free} -> {one.known.text}{also}"


def clips_of(options: argparse.Namespace, speech: Path, graph: WordGraph) -> Iterator[GrammarClip]:
    limits = (options.others, options.noises)
    if options.half == "tune":
        return tuning_clips(options.data, speech, graph, *limits)
    return reported_clips(options.data, graph, *limits, options.mixtures)


def measure(options: argparse.Namespace, speech: Path, job: int) -> list[Compared]:
    """Every so many clips, beginning with one."""
    import torch

    torch.set_num_threads(1)
    patterns = home_patterns(built_in=True)
    place = Place("cpu", options.dtype)
    free, known = (
        WhisperTranscriber.load(
            WhisperConfig(model=options.model, grammar=wanted), place, patterns=patterns
        )
        for wanted in (False, True)
    )
    results: list[Compared] = []
    heard: Counter[str] = Counter()
    clips = clips_of(options, speech, compile_grammar(patterns))
    for clip in islice(clips, job, None, options.jobs):
        heard[clip.group] += 1
        one = Compared(clip, *hear(known, clip))
        if clip.text is not None or heard[clip.group] <= BOTH // options.jobs:
            text, free_s = hear(free, clip)
            one = replace(one, free=text, free_s=free_s)
        results.append(one)
        if options.verbose:
            print(describe(one), flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="folder or Hub id of a Whisper checkpoint")
    parser.add_argument("--data", type=Path, help="folder of the recordings")
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--others", type=int, default=100, help="clips of other speech")
    parser.add_argument("--noises", type=int, default=100, help="clips of noise")
    parser.add_argument(
        "--mixtures", type=int, default=1, help="different mixtures of each command"
    )
    parser.add_argument("--speech", type=Path, help="folder that caches synthetic speech")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("-v", action="store_true", dest="verbose", help="print a line per clip")
    options = parser.parse_args()
    from transformers import AutoTokenizer

    if options.half == "report" and not options.data:
        parser.error("--half report needs --data")
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    for built_in in (False, True):
        began = time.process_time()
        graph = compile_grammar(home_patterns(built_in))
        TokenGraph(graph, lambda texts: tokenizer(texts, add_special_tokens=False)["input_ids"])
        took_s = time.process_time() - began
        print(f"{count_sentences(graph)} sentences, {took_s:.2f} CPU s to compile")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(options.jobs) as pool:
        speech = options.speech or Path(folder)
        if options.half == "tune":
            # One process speaks, before all of them listen.
            for _ in clips_of(options, speech, graph):
                pass
        parts = pool.map(partial(measure, options, speech), range(options.jobs))
        report([one for part in parts for one in part], sentences(graph))


if __name__ == "__main__":
    main()
