"""Soak test: days of audio through the real pipeline, with questions and faults.

    python -m benchmarks.robustness.soak --hours 24 [--wall-minutes N] [--realtime]
        [--data FOLDER] [--json F]

The feed runs at full speed, or in real time with --realtime. Uses the embedded engines with the
faults of `robustness/breakable.py`. Exit code 1: an unanswered question, memory growth, or leaked
threads, files or tasks.
"""

import argparse
import asyncio
import json
import logging
import resource
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.robustness import breakable
from benchmarks.robustness.breakable import Fault
from benchmarks.robustness.resources import COUNTED, Held, as_json, growth, leaks
from benchmarks.robustness.soak_feed import (
    LINE_FAULTS,
    Feed,
    Nowhere,
    Scene,
    other_speech,
    read,
    scenes,
)
from benchmarks.robustness.soak_log import Log, idle_share, table
from marvin.config.tables import Config, SkillsConfig, TurnConfig
from marvin.errors import MarvinError
from marvin.service.run import run_assistant
from marvin.types import RATE_HZ

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
ASKED = ("what_time_is_it", "set_a_timer", "arithmetic", "one_breath")
"""Recordings with one question each."""
PATIENCE = TurnConfig(transcribe_s=6.0, synthesis_s=4.0)
"""Shorter time limits for hung engines, to save time."""
NOISE_MB = 2.0
"""Growth in the second half below this may be an engine that happens to be loaded."""
WARM_UP = 0.1
"""Share of samples ignored while pools and caches fill."""


class Soak:
    def __init__(self, hours: float, wall_s: float, every_s: float) -> None:
        self.held: list[Held] = []
        self.log = Log()
        self.feed: Feed
        self._hours = hours
        self._ends = time.monotonic() + wall_s
        self._every_h = every_s / 3600
        self._next_h = 0.0

    @property
    def audio_h(self) -> float:
        """Hours of audio so far."""
        return self.feed.position / RATE_HZ / 3600

    def on_scene(self, scene: Scene) -> None:
        """Finish the last scene and begin this one."""
        self.log.over()
        breakable.release()
        if self.audio_h >= self._hours or time.monotonic() >= self._ends:
            self.feed.ended = True
        # After a quiet scene, when hung calls have returned and released their engines.
        due = self.audio_h >= self._next_h and scene.kind == "question"
        if due or self.feed.ended:
            self._next_h = self.audio_h + self._every_h
            self.held.append(Held.now(self.audio_h))
        self.log.begin(scene)


async def soak(options: argparse.Namespace, state: Path) -> Soak:
    """Run for the given hours of audio or minutes of wall-clock time."""
    recordings = {name: await read(SAMPLES / f"{name}.wav") for name in ASKED}
    lengths = {name: len(samples) / RATE_HZ for name, samples in recordings.items()}
    run = Soak(options.hours, options.wall_minutes * 60, options.sample_minutes * 60)
    sink = run.log.sink = Nowhere(realtime=options.realtime)
    run.feed = Feed(
        scenes(
            lengths,
            options.question_minutes * 60,
            options.fault_minutes * 60,
            options.speech_seconds if options.data else 0.0,
            [Fault(options.fault)] if options.fault else LINE_FAULTS,
        ),
        recordings,
        other_speech(options.data),
        run.on_scene,
        realtime=options.realtime,
    )
    config = Config(turn=PATIENCE, skills=SkillsConfig(state_dir=state))
    await run_assistant(config, run.feed, sink, run.log.report)
    run.log.over()
    return run


def verdicts(run: Soak, limit_mb: float) -> list[str]:
    """All errors."""
    wrong = [
        f"{scene.sample} at {at_h:.2f} h: outcome {outcome!r}"
        for scene, at_h, outcome in run.log.missed
    ]
    kept = run.held[max(1, int(len(run.held) * WARM_UP)) :]
    if len(kept) < 3:
        return [*wrong, "too short to measure growth"]
    hours = [one.audio_h for one in kept]
    for name, what in (("memory_mb", "resident"), ("used_mb", "of that in use")):
        memory = growth(hours, [getattr(one, name) for one in kept])
        print(
            f"memory, {what}: {memory.slope:+.3f} MB per hour of audio (standard error "
            f"{memory.error:.3f}), in the second half {memory.settled:+.3f}; end minus start "
            f"{memory.end_minus_start:+.2f} MB"
        )
        # The allocator may keep pages of reloaded engines for hours, so only memory in use shows
        # leaks.
        grown_mb = memory.settled * (hours[-1] - hours[0]) / 2
        if name == "used_mb" and memory.settled > limit_mb and grown_mb > NOISE_MB:
            wrong.append(f"memory in use grows by {memory.settled:.2f} MB per hour of audio")
    for name in COUNTED:
        row = [int(getattr(one, name)) for one in kept]
        print(f"{name}: {row[0]} at the start, {row[-1]} at the end, {min(row)} to {max(row)}")
        if leaks(row):
            wrong.append(f"{name} leak: {row[0]} to {row[-1]}")
    return wrong


def report(run: Soak, limit_mb: float, path: Path | None) -> int:
    """Print the report; returns the exit code."""
    first, last = run.held[0], run.held[-1]
    wall_s = last.wall_s - first.wall_s
    print(
        f"\n{last.audio_h:.2f} h of audio in {wall_s / 60:.1f} min, "
        f"{(last.cpu_s - first.cpu_s) / (last.audio_h * 3600):.2%} of one core per second of audio"
        f"; quiet: {idle_share(run.log):.2%}\n"
    )
    print(table(run.log))
    wrong = verdicts(run, limit_mb)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak {peak_mb:.0f} MB; voice process {last.children_mb:.0f} MB at the end")
    for line in wrong:
        print(f"WRONG: {line}")
    print("no errors" if not wrong else f"{len(wrong)} errors")
    if path is not None:
        whole = {"wrong": wrong, "held": as_json(run.held), "log": run.log.as_json()}
        path.write_text(json.dumps(whole, indent=1) + "\n")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--hours", type=float, default=24.0, help="hours of audio")
    parser.add_argument(
        "--wall-minutes", type=float, default=float("inf"), help="limit of wall-clock time"
    )
    parser.add_argument("--realtime", action="store_true", help="feed in real time")
    parser.add_argument("--data", type=Path, help="folder of recordings of other speech")
    parser.add_argument(
        "--speech-seconds", type=float, default=20.0, help="other speech between questions"
    )
    parser.add_argument("--question-minutes", type=float, default=3.0, help="interval of questions")
    parser.add_argument("--fault-minutes", type=float, default=10.0, help="interval of faults")
    parser.add_argument(
        "--fault", help="inject only this fault", choices=[one.value for one in LINE_FAULTS if one]
    )
    parser.add_argument("--sample-minutes", type=float, default=6.0, help="interval of samples")
    parser.add_argument(
        "--limit-mb", type=float, default=1.0, help="allowed growth per hour of audio"
    )
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args()
    # Each of the many faults would print its traceback.
    logging.getLogger("marvin").setLevel(logging.CRITICAL)
    breakable.install()
    with tempfile.TemporaryDirectory() as state:
        try:
            run = asyncio.run(soak(options, Path(state)))
        except MarvinError as error:
            print(f"WRONG: the pipeline ended: {error}")
            return 1
    return report(run, options.limit_mb, options.json)


if __name__ == "__main__":
    sys.exit(main())
