"""Idle CPU use of `marvin run` with sound devices.

    python -m benchmarks.speed.live_idle [--seconds 60] [--mine]

Uses a virtual sound card (PulseAudio, as in the tests) with a silent microphone, or with --mine
the real devices. Unlike `speed/listening.py`, includes PortAudio, the sound server's library and
the wake-ups for each block.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.audio.pulse import running

SETTLES_S = 10.0
"""Time until everything is loaded."""


def cpu_s(process: int) -> Counter[str]:
    """CPU seconds so far, by thread name."""
    used: Counter[str] = Counter()
    for stat in Path(f"/proc/{process}/task").glob("*/stat"):
        before, _, after = stat.read_text().rpartition(")")
        user, system = after.split()[11:13]
        name = before.partition("(")[2]
        used[name] += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--mine", action="store_true", help="use the real sound devices")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        environment = {**os.environ, "XDG_STATE_HOME": folder}
        if not arguments.mine:
            sound = stack.enter_context(running())
            environment |= {**sound.environment, "XDG_CONFIG_HOME": folder}
        command = [sys.executable, "-m", "marvin", "run", "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        assert process.stdout is not None
        if not any(json.loads(line)["event"] == "armed" for line in process.stdout):
            raise SystemExit("marvin run did not start listening")
        time.sleep(SETTLES_S)
        before = cpu_s(process.pid)
        time.sleep(arguments.seconds)
        used = cpu_s(process.pid)
        used.subtract(before)
    for name, seconds in used.most_common():
        print(f"{name}: {seconds / arguments.seconds:.2%}")
    print(f"all: {used.total() / arguments.seconds:.2%} of one core")


if __name__ == "__main__":
    main()
