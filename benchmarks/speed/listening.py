"""Cost of listening: `marvin run --input` on a long recording, as a whole process.

    python -m benchmarks.speed.listening [--minutes 60] [--speech FOLDER] [--json FILE]

Runs silence (noise of a quiet room) and, given a folder of recordings, continuous speech. Prints
CPU time / audio time and peak memory, without the start-up, measured by a run of one second.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.ratio_table import Row, write_json

RATE_HZ = 16_000
QUIET_DBFS = -60.0
LIMITS = {"silence": 1.0, "speech": 5.0}
"""Allowed percentage of one core."""

Samples = NDArray[np.float64]


@dataclass(frozen=True)
class Cost:
    """The cost of one run."""

    cpu_s: float
    peak_mb: float
    wakes: int


def quiet_room(seconds: float) -> Iterator[Samples]:
    """Noise at QUIET_DBFS, in pieces of a minute."""
    random = np.random.default_rng(0)
    while seconds > 0:
        part = min(seconds, 60.0)
        yield random.normal(0, 10 ** (QUIET_DBFS / 20), int(part * RATE_HZ))
        seconds -= part


def speech(folder: Path, seconds: float) -> Iterator[Samples]:
    """Cycles through the folder's recordings, with pauses removed."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".wav", ".flac"})
    left = int(seconds * RATE_HZ)
    while left > 0:
        for path in files:
            samples, rate = soundfile.read(path, always_2d=True)
            mono = soxr.resample(samples.mean(axis=1), rate, RATE_HZ)
            # Normalise the level to that of speech.
            mono *= 10 ** (-26 / 20) / max(float(np.sqrt(np.mean(mono**2))), 1e-9)
            yield mono[:left]
            left -= len(mono)
            if left <= 0:
                return


def write(path: Path, parts: Iterator[Samples]) -> float:
    """Write a WAV file; returns its length in seconds."""
    count = 0
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, "PCM_16") as file:
        for part in parts:
            file.write(np.clip(part, -1, 1))
            count += len(part)
    return count / RATE_HZ


def run(path: Path) -> Cost:
    """Run `marvin run --input path` and measure its process."""
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "events"
        with events.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "marvin", "run", "--json", "--input", str(path),
                 "--output", f"{folder}/reply.wav"],
                stdout=out,
                env={**os.environ, "XDG_STATE_HOME": folder},
            )  # fmt: skip
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"marvin run failed with exit code {process.returncode}")
        lines = [json.loads(line) for line in events.read_text().splitlines()]
        wakes = sum(line["event"] == "wake_word_heard" for line in lines)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, wakes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--speech", type=Path, help="folder of recordings of speech")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    arguments = parser.parse_args()
    seconds = arguments.minutes * 60
    rows = []
    kinds = {"silence": lambda: quiet_room(seconds)}
    if arguments.speech:
        kinds["speech"] = lambda: speech(arguments.speech, seconds)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audio.wav"
        write(path, quiet_room(1.0))
        start = run(path)
        print(f"start-up: {start.cpu_s:.1f} s CPU, {start.peak_mb:.0f} MB")
        for name, make in kinds.items():
            length_s = write(path, make())
            cost = run(path)
            share = (cost.cpu_s - start.cpu_s) / length_s
            print(
                f"{name}: {length_s / 60:.0f} min, {share:.2%} of one core, "
                f"peak {cost.peak_mb:.0f} MB, woke {cost.wakes} times"
            )
            what = f"listening to {name}, of one core"
            rows.append(
                Row(what, "marvin run", "", [100 * share], [], None, unit="%", limit=LIMITS[name])
            )
    if arguments.json:
        write_json(rows, arguments.json)


if __name__ == "__main__":
    main()
