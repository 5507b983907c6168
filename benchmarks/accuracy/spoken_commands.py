"""Outcomes of spoken commands, known and unknown.

    python -m benchmarks.accuracy.spoken_commands [--data DIR] [--half tune|report] [-v]
        [--speech FOLDER]

Five synthetic voices (Debian's flite, and espeak-ng) speak the sentences of spoken_inside.txt,
durations with all numbers from 1 to 99, and spoken_outside.txt; DIR (folder speech-en) adds home
commands by people. The grammar has the built-in skills and the household of home_commands.py. By
its words, each sentence belongs to the half for choosing limits (tune) or the other (report).
FOLDER caches the speech.
"""

import argparse
import subprocess
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
import soxr

from benchmarks.accuracy.home_commands import home_patterns
from marvin.backends.espeak.process import EspeakProcess
from marvin.cancellation import CancelToken
from marvin.config.stt import SphinxConfig
from marvin.config.tables import SkillsConfig
from marvin.skills.skillset import Skillset
from marvin.skills.text import canonical
from marvin.stt.sphinx.sphinx import SphinxTranscriber
from marvin.stt.spoken import number_words
from marvin.types import RATE_HZ, Endpoint, Samples, Transcript, Utterance

VOICES = ("slt", "rms", "awb", "kal16", "espeak")
SILENCE_S = 0.5
"""Silence before and after each sentence, in seconds."""
OUTCOMES = ("right", "asked back", "refused", "wrong")
SAME = {"a": "", "an": "", "the": "", "my": "", "there": "", "another": ""}
"""Words that do not affect the action."""
LENGTHS = (
    "set a timer for {} minutes",
    "remind me in {} minutes",
    "start a {} minute timer",
    "set a timer for {} seconds",
)


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """A sentence with the recording of one voice."""

    text: str
    group: str
    path: Path


@dataclass(frozen=True, slots=True)
class Result:
    spoken: SpokenSentence
    heard: Transcript
    compute_s: float
    audio_s: float

    @property
    def outcome(self) -> str:
        """One of OUTCOMES; an equivalent sentence counts as right."""
        if not self.heard.text:
            return "refused"
        if any(meaning(other) != meaning(self.heard.text) for other in self.heard.alternatives):
            return "asked back"
        return "right" if meaning(self.heard.text) == meaning(self.spoken.text) else "wrong"


def meaning(text: str) -> list[str]:
    """The relevant words: "two hours" and "two hour" are equal."""
    words = (SAME.get(word, word.removesuffix("s")) for word in canonical(text).split())
    return [word for word in words if word]


def half(text: str) -> str:
    """`tune` or `report`."""
    return ("report", "tune")[zlib.crc32(text.encode()) % 2]


def sentences() -> Iterator[tuple[str, str]]:
    """Group and text of all synthetic sentences."""
    for group in ("inside", "outside"):
        text = Path(__file__).with_name(f"spoken_{group}.txt").read_text(encoding="utf-8")
        yield from ((group, line) for line in text.splitlines())
    for number in range(1, 100):
        words = " ".join(number_words(number))
        sentence = LENGTHS[number % len(LENGTHS)].format(words)
        yield "lengths", sentence.replace(" in one minutes", " in one minute")


def synthesise(folder: Path, only: str | None) -> list[SpokenSentence]:
    """Every sentence by every voice, cached in the folder."""
    found = []
    with closing(EspeakProcess()) as espeak:
        espeak.start()
        for group, text in sentences():
            if only not in (None, half(text)):
                continue
            for voice in VOICES:
                found.append(SpokenSentence(text, group, said_by(voice, text, folder, espeak)))
    return found


def said_by(voice: str, text: str, folder: Path, espeak: EspeakProcess) -> Path:
    """The text spoken by `espeak` or a voice of flite, cached in the folder."""
    path = folder / voice / f"{text}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() and voice == "espeak":
        audio = b"".join(espeak.speak(text, "en-us", CancelToken()))
        soundfile.write(path, np.frombuffer(audio, np.int16), espeak.rate_hz)
    elif not path.exists():
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
    return path


def real(data: Path) -> list[SpokenSentence]:
    """Recorded home commands, named by their text; `oov` is not a command."""
    paths = sorted((data / "speech-en" / "ha_commands").glob("*.wav"))
    return [SpokenSentence(path.stem, "people", path) for path in paths]


def samples(path: Path) -> Samples:
    """The recording surrounded by silence."""
    audio, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono: Samples = soxr.resample(audio.mean(axis=1), rate_hz, RATE_HZ).astype(np.float32)
    return np.pad(mono, round(SILENCE_S * RATE_HZ))


def transcribe(spoken: Sequence[SpokenSentence], home: bool) -> list[Result]:
    patterns = home_patterns(built_in=True) if home else Skillset.load(SkillsConfig()).patterns()
    with closing(EspeakProcess()) as espeak:
        espeak.start()
        transcriber = SphinxTranscriber.load(SphinxConfig(), patterns, pronounce=espeak.phonemes)
    results = []
    for one in spoken:
        audio = samples(one.path)
        began = time.process_time()
        utterance = Utterance(audio, 0, len(audio) / RATE_HZ, Endpoint.SILENCE)
        heard = transcriber.transcribe(utterance, CancelToken())
        took_s = time.process_time() - began
        results.append(Result(one, heard, took_s, len(audio) / RATE_HZ))
    return results


def report(results: Sequence[Result], verbose: bool) -> None:
    """Print the shares of each group and voice."""
    print(f"{'':24}{'':>6}" + "".join(f"{outcome:>12}" for outcome in OUTCOMES))
    groups = [(r.spoken.group, r) for r in results]
    groups += [(f"  {r.spoken.path.parent.name}", r) for r in results]
    for group in dict.fromkeys(name for name, _ in groups):
        of_group = [result.outcome for name, result in groups if name == group]
        shares = "".join(
            f"{of_group.count(outcome) / len(of_group):>12.1%}" for outcome in OUTCOMES
        )
        print(f"{group:24}{len(of_group):>6}{shares}")
    ratio = sum(result.compute_s for result in results) / sum(result.audio_s for result in results)
    print(f"compute time / audio time: {ratio:.3f}")
    for result in results if verbose else ():
        if result.outcome != "right":
            print(
                f"{result.outcome:10}  {result.heard.confidence:.2f}  "
                f"{result.spoken.path.parent.name:8} {result.spoken.text} | "
                f"{_readings(result.heard)}"
            )


def _readings(heard: Transcript) -> str:
    return " / ".join((heard.text, *heard.alternatives))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the recordings")
    parser.add_argument("--speech", type=Path, help="folder that caches synthetic speech")
    parser.add_argument("--half", choices=("tune", "report"), help="use only this half")
    parser.add_argument("--no-home", action="store_true", help="only the built-in skills")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("-v", action="store_true", dest="verbose", help="print a line per failure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        spoken = synthesise(options.speech or Path(folder), options.half)
        spoken += real(options.data) if options.data else []
        with ProcessPoolExecutor(options.jobs) as pool:
            parts = [spoken[job :: options.jobs] for job in range(options.jobs)]
            done = pool.map(partial(transcribe, home=not options.no_home), parts)
            report([result for part in done for result in part], options.verbose)


if __name__ == "__main__":
    main()
