"""Start-up time and memory: help, time until listening, resident memory.

    python -m benchmarks.speed.start_up [--times 5] [--json FILE]

Wall-clock times of whole processes with a warm file cache. The alternatives are the help of `hf`,
one of Marvin's dependencies, and the two imports of a program that uses transformers' pipelines,
before loading any model. Memory is measured for Marvin and its voice process after a few seconds
of listening to a quiet room.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.ratio_table import Row, print_table, write_json
from benchmarks.robustness.resources import child_pids, memory_mb

MARVIN = (sys.executable, "-m", "marvin")
HF = (str(Path(sys.executable).with_name("hf")), "--help")
IMPORTS = (
    sys.executable,
    "-c",
    "import torch; from transformers import pipeline; "
    "from benchmarks.robustness.resources import memory_mb; "
    "print(memory_mb())",
)
LIMIT_S = 60.0
SETTLED_S = 8.0
"""Time after the start until everything is loaded."""


def whole(command: tuple[str, ...]) -> float:
    """Seconds until the command ends."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, timeout=LIMIT_S)
    return time.perf_counter() - began


@dataclass(frozen=True)
class Start:
    """Measurements of one start."""

    armed_s: float
    memory_mb: float


def start(folder: Path) -> Start:
    """Run the embedded profile until it has listened for SETTLED_S."""
    quiet, config = folder / "quiet.wav", folder / "models.toml"
    if not quiet.exists():
        noise = np.random.default_rng(0).normal(0, 0.001, 60 * 16_000)
        soundfile.write(quiet, noise, 16_000)
        config.touch()
    began = time.perf_counter()
    process = subprocess.Popen(
        [*MARVIN, "run", "--config", str(config), "--profile", "embedded", "--json",
         "--input", str(quiet), "--realtime", "--output", str(folder / "reply.wav")],
        stdout=subprocess.PIPE,
        env={**os.environ, "XDG_STATE_HOME": str(folder)},
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if '"armed"' in line:
                armed_s = time.perf_counter() - began
                time.sleep(SETTLED_S)
                pids = [process.pid, *child_pids(process.pid)]
                return Start(armed_s, sum(map(memory_mb, pids)))
    finally:
        process.terminate()
        process.wait(LIMIT_S)
    raise SystemExit("marvin run ended before listening")


def imports() -> Start:
    """Time and memory of the imports alone."""
    began = time.perf_counter()
    shown = subprocess.run(IMPORTS, check=True, capture_output=True, timeout=LIMIT_S, text=True)
    return Start(time.perf_counter() - began, float(shown.stdout))


def start_up_rows(times: int) -> list[Row]:
    """Measure both alternately, without the first round."""
    help_s, hf_s = [], []
    starts, imported = [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(times + 1):
            help_s.append(whole((*MARVIN, "--help")))
            hf_s.append(whole(HF))
            starts.append(start(Path(folder)))
            imported.append(imports())
    ours, theirs = starts[1:], imported[1:]
    run, alone = "marvin run, embedded profile", "import of torch and transformers' pipeline"
    return [
        Row("help", "marvin --help", "hf --help", help_s[1:], hf_s[1:], None, limit=0.3),
        Row(
            "start to listening", run, alone,
            [one.armed_s for one in ours], [one.armed_s for one in theirs], None, limit=4.0,
        ),
        Row(
            "resident memory", run, alone,
            [one.memory_mb for one in ours], [one.memory_mb for one in theirs], None,
            unit="MB", limit=350.0,
        ),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    found = start_up_rows(arguments.times)
    print_table(found)
    if arguments.json:
        write_json(found, arguments.json)


if __name__ == "__main__":
    main()
