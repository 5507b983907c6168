"""Output latency from the first chunk to the loudspeaker, by `audio.latency_s`.

    python -m benchmarks.speed.output_delay [--rounds 6] [--busy 2]

A virtual sound card (PulseAudio, as in the tests) plays a tone of two seconds, recorded by `parec`.
`breaks` are gaps in the tone. `--busy` sets the number of threads that multiply matrices and run
Python in the meantime.
"""

import argparse
import asyncio
import os
import subprocess
import threading
import time
from contextlib import suppress
from statistics import median

import numpy as np

from marvin.audio.playback import Speaker
from marvin.types import AudioChunk
from tests.audio.pulse import running

RATE_HZ = 22_050
CHUNK = 882
LATENCIES_S = (0.2, 0.1, 0.05)
PARTS = (
    "parec",
    "--raw",
    "--rate=48000",
    "--channels=1",
    "--latency-msec=5",
    "--device=microphone",
)
LOUD = 300
TONE = (0.3 * np.sin(2 * np.pi * 440 * np.arange(2 * RATE_HZ) / RATE_HZ)).astype(np.float32)


class Recording:
    """Records when each sound begins."""

    def __init__(self) -> None:
        self.onsets_s: list[float] = []
        self._process = subprocess.Popen([*PARTS, "--format=s16le"], stdout=subprocess.PIPE)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        before = False
        # Pieces of 10 ms.
        while piece := self._process.stdout.read(960):
            loud = bool(np.abs(np.frombuffer(piece, np.int16)).max(initial=0) > LOUD)
            if loud and not before:
                self.onsets_s.append(time.perf_counter())
            before = loud

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


async def measure(latency_s: float, rounds: int) -> str:
    """A result line for one setting."""
    speaker = Speaker(latency_s=latency_s)
    speaker.open()
    recording = Recording()
    delays_s, breaks = [], 0
    try:
        # The card plays silence first, as Marvin does.
        await asyncio.sleep(2.0)
        for _ in range(rounds):
            recording.onsets_s.clear()
            began = time.perf_counter()
            for at in range(0, len(TONE), CHUNK):
                await speaker.play(AudioChunk(TONE[at : at + CHUNK], RATE_HZ, at))
            await speaker.drained()
            await asyncio.sleep(0.5)
            delays_s.append(recording.onsets_s[0] - began)
            breaks += len(recording.onsets_s) - 1
    finally:
        recording.close()
        speaker.close()
    low, high = min(delays_s), max(delays_s)
    return (
        f"latency_s {latency_s:4}: {1000 * median(delays_s):.0f} ms "
        f"({1000 * low:.0f}-{1000 * high:.0f}), breaks: {breaks}, underruns: {speaker.underruns}"
    )


def burn(over: threading.Event) -> None:
    """Keep a core busy, half the time in Python."""
    matrix = np.ones((400, 400), np.float32)
    while not over.is_set():
        matrix @ matrix
        sum(range(20_000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--busy", type=int, default=0, metavar="THREADS")
    options = parser.parse_args()
    over = threading.Event()
    with running() as sound, suppress(KeyboardInterrupt):
        # Child processes read the environment, too.
        os.environ.update(sound.environment)
        for _ in range(options.busy):
            threading.Thread(target=burn, args=(over,), daemon=True).start()
        for latency_s in LATENCIES_S:
            print(asyncio.run(measure(latency_s, options.rounds)), flush=True)
        over.set()


if __name__ == "__main__":
    main()
