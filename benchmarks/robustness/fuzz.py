"""Fuzzing: no tracebacks, hangs or memory growth.

    python -m benchmarks.robustness.fuzz [config | wav | control] [--count N] [--seed N]

`config`: mutated models.toml files through load_config; `wav`: mutated WAV files through WavSource;
`control`: random messages on the control socket. Exit code 1: an exception other than MarvinError,
a slow case, or memory growth. `--only N` repeats a case.
"""

import argparse
import gc
import logging
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.robustness.fuzz_config import ConfigTarget
from benchmarks.robustness.fuzz_control import ControlTarget
from benchmarks.robustness.fuzz_wav import WavTarget
from benchmarks.robustness.resources import memory_mb
from marvin.errors import MarvinError

LONGEST_S = 2.0
"""Limit for a case, in CPU seconds: how busy the machine is does not count."""
GROWTH_MB = 20.0
"""Allowed memory growth from the first fifth of the cases to the last, for allocators."""


class Target(Protocol):
    def __call__(self, pick: random.Random, folder: Path) -> str:
        """Run one case, with a scratch folder; returns a short outcome."""

    def close(self) -> None:
        """Clean up after the last case."""


@dataclass
class Tally:
    outcomes: Counter[str] = field(default_factory=Counter)
    bugs: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By place of the exception: a case and its traceback."""
    slow: list[tuple[int, float]] = field(default_factory=list)
    slowest_s: float = 0.0


def attempt(target: Target, seed: int, number: int, folder: Path, tally: Tally) -> None:
    began = time.process_time()
    try:
        outcome = target(random.Random(f"{seed} {number}"), folder)
    except MarvinError as error:
        outcome = type(error).__name__
        if not str(error).strip():
            tally.bugs.setdefault(f"empty {outcome}", (number, "an error without a message"))
    except Exception as error:  # noqa: BLE001 - the bugs to find
        outcome = f"BUG {type(error).__name__}"
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{outcome} at {Path(where.filename).name}:{where.lineno}"
        tally.bugs.setdefault(place, (number, traceback.format_exc()))
    took_s = time.process_time() - began
    tally.outcomes[outcome] += 1
    tally.slowest_s = max(tally.slowest_s, took_s)
    if took_s > LONGEST_S:
        tally.slow.append((number, took_s))


def fuzz(name: str, target: Target, options: argparse.Namespace) -> bool:
    """Run all cases and print the results; returns whether all passed."""
    tally = Tally()
    memory: list[float] = []
    began = time.monotonic()
    numbers = range(options.count) if options.only is None else [options.only]
    with tempfile.TemporaryDirectory() as folder:
        for at, number in enumerate(numbers):
            # Garbage collection is slow in a large process.
            if at % max(50, len(numbers) // 100) == 0:
                gc.collect()
                memory.append(memory_mb())
            attempt(target, options.seed, number, Path(folder), tally)
    target.close()
    fifth = max(1, len(memory) // 5)
    grown_mb = sum(memory[-fifth:]) / fifth - sum(memory[fifth : 2 * fifth] or memory) / fifth
    print(
        f"{name}: {len(numbers)} cases in {time.monotonic() - began:.0f} s, the slowest "
        f"{tally.slowest_s:.2f} s, memory {memory[0]:.0f} to {memory[-1]:.0f} MB"
    )
    for outcome, count in tally.outcomes.most_common():
        print(f"  {count:7} {outcome}")
    for place, (number, trace) in tally.bugs.items():
        print(f"WRONG: {place}, first in case {number}\n{trace}")
    for number, took_s in tally.slow[:10]:
        print(f"WRONG: case {number} took {took_s:.1f} s")
    if grown_mb > GROWTH_MB:
        print(f"WRONG: memory grew by {grown_mb:.0f} MB")
    return not tally.bugs and not tally.slow and grown_mb <= GROWTH_MB


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", nargs="*", default=["config", "wav", "control"], help="which")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="run only this case")
    options = parser.parse_args()
    # Damaged files cause many legitimate warnings.
    logging.getLogger("marvin").setLevel(logging.CRITICAL)
    targets: dict[str, Callable[[], Target]] = {
        "config": ConfigTarget,
        "wav": WavTarget,
        "control": ControlTarget,
    }
    well = [fuzz(what, targets[what](), options) for what in options.what]
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
