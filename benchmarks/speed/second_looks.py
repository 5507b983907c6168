"""What the wake word costs in read speech, compared with another commit.

    python -m benchmarks.speed.second_looks --speech FOLDER --before CHECKOUT
        [--minutes 6] [--repeats 4] [--model marvin] [--label marvin]

Two processes take turns on the same recordings: this tree and CHECKOUT (`git worktree add CHECKOUT
COMMIT`). Printed for each: CPU seconds per second of audio, second looks per hour, and the most
memory; then the ratio of the CPU time.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path


class _Counter(logging.Handler):
    """Counts the messages of the second look."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.looks += str(record.msg).startswith("candidate score")


def child(speech: Path, minutes: float, model: str, label: str) -> dict[str, float]:
    """One run, on the `marvin` of this process."""
    from marvin.config.tables import Config
    from marvin.config.wake import AstConfig
    from marvin.conversation.ear import load_ear
    from marvin.types import RATE_HZ
    from marvin.workshop.wake_eval.stream import stream_recording
    from marvin.workshop.wake_train.audio_files import audio_files, read_file

    counter = _Counter()
    logger = logging.getLogger("marvin.wake.ast.ast_classifier")
    logger.addHandler(counter)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    ear = load_ear(Config(wake=AstConfig(model=model, label=label)))
    recordings, samples = [], 0
    for path in audio_files([speech]).files:
        if samples < minutes * 60 * RATE_HZ:
            recordings.append(read_file(path))
            samples += len(recordings[-1])
    began = time.process_time()
    for recording in recordings:
        stream_recording(ear, [recording], quiet_s=0.0)
    seconds = samples / RATE_HZ
    return {
        "cpu": (time.process_time() - began) / seconds,
        "looks": 3600 * counter.looks / seconds,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "minutes": seconds / 60,
    }


def run(tree: Path, arguments: list[str]) -> dict[str, float]:
    """One run with the `marvin` of a checkout."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).resolve()), "--child", *arguments]
    done = subprocess.run(
        command, cwd=tree, env=environment, stdout=subprocess.PIPE, check=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print one line for each tree, and the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--speech", type=Path, required=True, help="folder of read speech")
    parser.add_argument("--before", type=Path, help="checkout of the other commit")
    parser.add_argument("--minutes", type=float, default=6.0, help="of the recordings")
    parser.add_argument("--repeats", type=int, default=4, help="an even number is fair")
    parser.add_argument("--model", default="marvin")
    parser.add_argument("--label", default="marvin")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    speech = options.speech.resolve()
    if options.child:
        print(json.dumps(child(speech, options.minutes, options.model, options.label)))
        return
    given = [
        "--speech", str(speech), "--minutes", str(options.minutes),
        "--model", options.model, "--label", options.label,
    ]  # fmt: skip
    trees = {"this tree": Path(__file__).resolve().parents[2]}
    if options.before is not None:
        trees["before"] = options.before.resolve()
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in trees}
    for turn in range(options.repeats):
        # The first of a pair takes a few per cent longer.
        for name in sorted(trees, reverse=turn % 2 == 1):
            runs[name].append(run(trees[name], given))
    for name, found in runs.items():
        middle = {key: statistics.median(one[key] for one in found) for key in found[0]}
        print(
            f"{name}: CPU {middle['cpu']:.5f} s per second of audio, {middle['looks']:.0f} second "
            f"looks per hour, {middle['mb']:.0f} MB, {middle['minutes']:.1f} min"
        )
    if len(runs) == 2:
        pairs = zip(*runs.values(), strict=True)
        ratios = sorted(after["cpu"] / before["cpu"] for after, before in pairs)
        print(f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
