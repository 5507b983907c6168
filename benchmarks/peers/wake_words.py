"""Compares Marvin's wake word detection with openWakeWord's on the same recordings.

    python benchmarks/peers/wake_words.py --data DATA [--word marvin|jarvis] [--model DIR]
        [--json FILE]

openWakeWord's models are those in DATA/weights/openwakeword and one from the package
pyopen-wakeword; `open_wake_word.py` runs them in `build/peers`. Marvin uses the ear of `marvin
run`, on one thread like the others. A word other than "marvin" needs the folder of a trained
model; without one, only openWakeWord is measured.
"""

# One thread for all systems, set before numpy is imported.
import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from wake_recordings import POSITIVE_GROUPS, POSITIVES, Recording, Tape, record

from marvin.config.tables import Config
from marvin.config.wake import AstConfig
from marvin.conversation.ear import Ear, load_ear
from marvin.engines.registry import describe_wake_model
from marvin.types import AudioChunk
from marvin.workshop.wake_eval.evaluation import WANTED_PER_HOUR, quantile
from marvin.workshop.wake_eval.rates import accepted, curve, per_hour, share
from marvin.workshop.wake_eval.stream import every_candidate, stream_recording

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "build" / "peers"
PACKAGES = ("numpy", "onnxruntime", "pyopen-wakeword")
LEAST = 0.05
REFRACTORY_S = 1.5
UNGATED_S = 900.0
"""Minimum audio for measuring the cost without a gate."""
THRESHOLDS = tuple(step / 1000 for step in range(50, 1000))

PEER_MODELS = {"marvin": ("marvin_v1", "marvin_v2"), "jarvis": ("jarvis_v1",)}
PACKAGED = "hey_jarvis"
_OURS = "Marvin"


@dataclass
class System:
    """The results of one system on all recordings."""

    threshold: float
    size_bytes: int
    cpu_per_s: float
    ungated_per_s: float
    """CPU time per second of audio without voice activity gate."""
    candidates: list[list[tuple[float, float]]]
    """(time_s, score) per recording; empty for a model of another phrase."""


class AlwaysSpeech:
    """A voice activity detector that never gates."""

    def speech_probability(self, chunk: AudioChunk) -> float:
        """Always 1."""
        return 1.0

    def reset(self) -> None: ...


def ours(tape: Tape, wake: AstConfig) -> System:
    """Run Marvin's ear on all recordings, and on a part again without its gate."""
    ear = load_ear(Config(wake=every_candidate(wake)))
    takes = [
        stream_recording(ear, [tape.read(r)], least=LEAST, quiet_s=0.0) for r in tape.recordings
    ]
    open_ear = Ear(AlwaysSpeech(), ear.wake)
    cpu_s = audio_s = 0.0
    for recording in tape.recordings:
        if audio_s > UNGATED_S:
            break
        # A level above any gate.
        take = stream_recording(open_ear, [tape.read(recording) + np.float32(1e-3)], quiet_s=0.0)
        cpu_s, audio_s = cpu_s + take.cpu_s, audio_s + take.streamed_s
    return System(
        threshold=wake.threshold,
        size_bytes=describe_wake_model(wake.model).size_bytes,
        cpu_per_s=sum(take.cpu_s for take in takes) / sum(take.streamed_s for take in takes),
        ungated_per_s=cpu_s / audio_s,
        candidates=[[(c.reported_s, c.score) for c in take.candidates] for take in takes],
    )


def theirs(folder: Path, data: Path, word: str) -> dict[str, System]:
    """Run openWakeWord on the same file, with the peers' Python."""
    python = PEERS / "bin" / "python"
    complete = PEERS / ".complete"
    if not complete.exists():
        venv.create(PEERS, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        complete.touch()
    done = subprocess.run(
        [python, Path(__file__).with_name("open_wake_word.py"), folder,
         data / "weights" / "openwakeword", *PEER_MODELS[word], "--package", PACKAGED],
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return {
        name: System(
            threshold=0.5,
            size_bytes=found["bytes"],
            cpu_per_s=found["cpu_per_s"],
            ungated_per_s=found["cpu_per_s"],
            candidates=[[(at, score) for at, score in one] for one in found.get("candidates", ())],
        )
        for name, found in json.loads(done.stdout).items()
    }


def figures(system: System, recordings: Sequence[Recording]) -> dict[str, float]:
    """The figures of a system, by label."""
    cost = {
        "CPU s per second of audio": system.cpu_per_s,
        "the same without gate": system.ungated_per_s,
        "size, MB": system.size_bytes / 1e6,
    }
    if not system.candidates:
        return cost
    heard = list(zip(recordings, system.candidates, strict=True))
    groups = {
        group: [max((s for _, s in found), default=0.0) for r, found in heard if r.group == group]
        for group in POSITIVE_GROUPS
    }
    negatives = [found for r, found in heard if r.end_s == 0.0]
    seconds = sum(r.seconds for r in recordings if r.end_s == 0.0)
    wrong = sum(accepted(found, system.threshold, REFRACTORY_S) for found in negatives)
    points = curve(groups["clean"], negatives, seconds, REFRACTORY_S, THRESHOLDS)
    # inf if no threshold reaches it.
    quiet = next((p.threshold for p in points if p.false_accepts.estimate <= WANTED_PER_HOUR), inf)
    firsts = [
        next((at for at, score in found if score >= system.threshold), inf) - r.end_s
        for r, found in heard
        if r.group == "clean"
    ]
    delays = sorted(delay for delay in firsts if delay < inf)
    return {
        **{f"heard, {name}": _over(best, system.threshold) for name, best in groups.items()},
        "false accepts": wrong,
        "false accepts per hour": per_hour(wrong, seconds).estimate,
        f"threshold for {WANTED_PER_HOUR:g} per hour": quiet,
        **{f"heard with it, {name}": _over(best, quiet) for name, best in groups.items()},
        "delay, median, ms": 1000 * quantile(delays, 0.5),
        "delay, 90 % within, ms": 1000 * quantile(delays, 0.9),
        **cost,
    }


def wrongly_heard(system: System, recordings: Sequence[Recording]) -> dict[str, float]:
    """Best score of each false accept."""
    best = {
        str(r.path): max((score for _, score in found), default=0.0)
        for r, found in zip(recordings, system.candidates, strict=False)
        if r.end_s == 0.0
    }
    return {path: score for path, score in best.items() if score >= system.threshold}


def miss_intervals(system: System, recordings: Sequence[Recording]) -> dict[str, str]:
    """Misses at the system's threshold with their 95 % interval, in %, by group."""
    found = {}
    for group in POSITIVE_GROUPS if system.candidates else ():
        best = [
            max((score for _, score in candidates), default=0.0)
            for r, candidates in zip(recordings, system.candidates, strict=True)
            if r.group == group
        ]
        missed = share(len(best) - _over(best, system.threshold), len(best))
        low, high = 100 * missed.low, 100 * missed.high
        found[group] = f"{100 * missed.estimate:.1f} ({low:.1f} - {high:.1f})"
    return found


def _over(scores: Sequence[float], threshold: float) -> int:
    return sum(score >= threshold for score in scores)


def print_table(found: dict[str, dict[str, float]], recordings: Sequence[Recording]) -> None:
    """One column per system, then the ratio of Marvin's figure to the best of the others."""
    console = Console(highlight=False)
    for group in dict.fromkeys(r.group for r in recordings):
        ones = [r for r in recordings if r.group == group]
        minutes = sum(r.seconds for r in ones) / 60
        console.print(f"{group}: {len(ones)} recordings, {minutes:.1f} min")
    console.print()
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("")
    for name in found:
        table.add_column(name.replace(" ", "\n"), justify="right")
    first, *others = found.values()
    if _OURS in found:
        table.add_column("ratio\nto best", justify="right")
    for row in first:
        pick = max if row.startswith("heard") else min
        best = pick((one[row] for one in others if row in one), default=nan)
        ratio = f"{first[row] / best:.2f}" if best else "-"
        values = (f"{one[row]:.4g}" if row in one else "" for one in found.values())
        table.add_row(row, *values, *([ratio] if _OURS in found else ()))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--word", choices=sorted(POSITIVES), default="marvin")
    parser.add_argument("--model", help="Marvin's model for the word")
    parser.add_argument("--threshold", type=float, default=0.5, help="Marvin's (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file")
    arguments = parser.parse_args()
    model = arguments.model or ("marvin" if arguments.word == "marvin" else None)
    with tempfile.TemporaryDirectory() as folder:
        tape = Tape(Path(folder))
        record(tape, arguments.data, arguments.word)
        systems: dict[str, System] = {}
        if model is not None:
            wake = AstConfig(model=model, label=arguments.word, threshold=arguments.threshold)
            systems[_OURS] = ours(tape, wake)
        systems |= theirs(Path(folder), arguments.data, arguments.word)
    found = {name: figures(system, tape.recordings) for name, system in systems.items()}
    print_table(found, tape.recordings)
    for name, system in systems.items():
        for group, interval in miss_intervals(system, tape.recordings).items():
            print(f"{name}, {group}: {interval} % missed (95 %)")
    if arguments.json is not None:
        wrong = {name: wrongly_heard(one, tape.recordings) for name, one in systems.items()}
        everything = {"word": arguments.word, "figures": found, "wrongly_heard": wrong}
        arguments.json.write_text(json.dumps(everything, indent=1))
        print(f"All figures were written to {arguments.json}.", file=sys.stderr)


if __name__ == "__main__":
    main()
