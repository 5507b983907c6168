"""Injects faults into `marvin run`: measures how long it is deaf and the lost questions.

    python -m benchmarks.robustness.faults [NAME ...] [--json FILE]

Runs a process on a virtual PulseAudio sound card. "Listens again after" is the time from the end
of the fault (the microphone is back, the process continues), or from its start if Marvin must
recover by itself, to the next chunk heard. Exit code 1: deaf for more than 5 s, an end without a
message, or a frozen daemon that feeds the watchdog.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.robustness import fault_cases, fault_endings
from benchmarks.robustness.fault_cases import Came
from benchmarks.robustness.faulty_room import NOISE_DBFS, Room
from marvin.audio.wavwriter import WavWriter
from marvin.types import RATE_HZ
from tests.audio.pulse import missing, running

LIMIT_S = 5.0
_BY_NAME = '[audio]\ninput = "microphone"\n'
_PATIENCE = "[turn]\ntranscribe_s = 3.0\n"


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    happen: Callable[[Room], Came]
    config: str = _PATIENCE + _BY_NAME


CASES = (
    Case("microphone and speaker unplugged for 3 s", fault_cases.unplugged),
    Case("default microphone unplugged, another is present", fault_cases.rescued, _PATIENCE),
    Case("sound server killed, back after 3 s", fault_cases.server_killed),
    Case("sound server frozen for 10 s", fault_cases.server_frozen),
    Case("sound server frozen permanently", fault_endings.server_frozen_for_ever),
    Case("microphone suspended for 3 s", fault_cases.suspended),
    Case("default microphone changed, the old one gone", fault_cases.default_changed, _PATIENCE),
    Case("process stopped for 5 s", fault_cases.stopped),
    Case("recogniser hangs", fault_cases.recogniser_hangs),
    Case("recogniser hangs again each time it is loaded", fault_endings.recogniser_keeps_hanging),
    Case("recogniser raises", fault_cases.recogniser_raises),
    Case("skill fails", fault_cases.skill_fails),
    Case("voice killed before the reply", fault_cases.voice_killed_before),
    Case("voice killed during the reply", fault_cases.voice_killed_within),
    Case("ear raises once", fault_cases.ear_raises),
    Case("ear hangs once", fault_cases.ear_hangs),
    Case("disk full", fault_cases.disk_full),
    Case("clock jumps by an hour", fault_cases.clock_jumps),
    Case("SIGKILL during a timer write, then restarted", fault_cases.killed_writing),
    Case("SIGHUP: the terminal is closed", fault_endings.sighup),
    Case("audio thread frozen", fault_endings.audio_frozen),
    Case("ear frozen", fault_endings.ear_frozen),
    Case("event loop frozen", fault_endings.loop_frozen),
)


@contextmanager
def room(case: Case) -> Iterator[Room]:
    """A fresh room for each fault."""
    with running() as pulse, tempfile.TemporaryDirectory(prefix="marvin-") as name:
        folder = Path(name)
        noise = WavWriter(folder / "noise.wav", RATE_HZ)
        noise.open()
        random = np.random.default_rng(0)
        level = 10 ** (NOISE_DBFS / 20)
        noise.append(random.normal(0, level, 600 * RATE_HZ).astype(np.float32))
        noise.close()
        one = Room(pulse, folder, case.config)
        try:
            yield one
        finally:
            one.close()


def fault_error(came: Came) -> str:
    """The error; empty if none."""
    if came.wrong:
        return came.wrong
    if came.traceback:
        return "a traceback"
    if came.told_to_end:
        return "" if came.exit_code == 0 else "ended with an error"
    if came.exit_code is not None:
        # An end by a signal or without a message is not deliberate.
        ended_well = came.exit_code > 0 and came.said.startswith("marvin: ")
        return "" if ended_well else "ended"
    if came.deaf_s is None:
        return "" if came.starved else "deaf"
    return f"deaf for {came.deaf_s:.1f} s" if came.deaf_s > LIMIT_S else ""


def row(case: Case, came: Came) -> str:
    """A table row."""
    deaf = "" if came.deaf_s is None else f"{came.deaf_s:.1f} s"
    code = "" if came.exit_code is None else came.exit_code
    fields = (case.name, deaf, came.lost, code, came.what, fault_error(came) or "ok")
    return f"| {' | '.join(map(str, fields))} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help="parts of fault names (default: all)")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    if reason := missing():
        print(f"no virtual sound card: {reason}")
        return 2
    titles = ("fault", "listens again after", "turns lost", "exit code", "what came", "")
    print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}", flush=True)
    results: dict[str, dict[str, object]] = {}
    wrong = 0
    for case in CASES:
        if options.names and not any(name in case.name for name in options.names):
            continue
        began = time.monotonic()
        with room(case) as one:
            came = case.happen(one)
            came.look_at(one)
        print(row(case, came), flush=True)
        wrong += bool(fault_error(came))
        results[case.name] = asdict(came) | {"took_s": round(time.monotonic() - began, 1)}
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
