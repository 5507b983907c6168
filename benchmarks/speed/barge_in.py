"""Time from an interruption to silence at the loudspeaker, by `audio.latency_s`.

    python -m benchmarks.speed.barge_in [--rounds 20]

A virtual sound card (PulseAudio, as in the tests) plays a long reply, which is cancelled at random
moments, as by the wake word. `parec` records when the sound ends, so its own delay is included.
"paused" is the same for a pause, as by other speech with `turn.barge_in = "speech"`; "played out"
without dropping what the device has not taken.
"""

import argparse
import asyncio
import os
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from benchmarks.speed.output_delay import PARTS
from marvin.audio.playback import Speaker
from marvin.cancellation import CancelToken
from marvin.config.tables import TurnConfig
from marvin.conversation.voice import Voice
from marvin.engines.workers.worker import Worker
from marvin.protocols import Synthesizer
from marvin.types import AudioChunk
from tests.audio.pulse import running

RATE_HZ = 24_000
LATENCIES_S = (0.2, 0.1, 0.08, 0.05)
LOUD = 300
"""Of 32768: -41 dB."""
PIECE = 480
"""Samples of a recorded piece of 5 ms, in bytes."""
REPLY_S, MOST_S = 3.0, 6.0


class Tone:
    """A synthesizer of a tone."""

    language = ""

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        tone = 0.3 * np.sin(2 * np.pi * 400 * np.arange(RATE_HZ // 10) / RATE_HZ)
        for number in range(round(10 * REPLY_S)):
            token.check()
            yield AudioChunk(tone.astype(np.float32), RATE_HZ, number * len(tone))


class UnflushedSpeaker(Speaker):
    """Plays out what it was given."""

    def flush(self) -> float:
        return 0.0


class Recording:
    """Records when there was sound last."""

    def __init__(self) -> None:
        self.loud_at_s = 0.0
        self._process = subprocess.Popen([*PARTS, "--format=s16le"], stdout=subprocess.PIPE)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while piece := self._process.stdout.read(PIECE):
            if np.abs(np.frombuffer(piece, np.int16)).max(initial=0) > LOUD:
                self.loud_at_s = time.perf_counter()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


async def interrupted(
    voice: Voice, recording: Recording, random_: random.Random, paused: Speaker | None
) -> float:
    """Seconds from the cancellation of one reply, or from its pause, to silence."""
    speaking = asyncio.create_task(voice.speak(["A reply."]))
    await asyncio.sleep(random_.uniform(0.6, 1.4))
    assert recording.loud_at_s > time.perf_counter() - 0.5, "the reply cannot be heard"
    began_s = time.perf_counter()
    if paused is None:
        speaking.cancel()
    else:
        paused.set_paused(True)
    while time.perf_counter() - max(recording.loud_at_s, began_s) < 0.5:
        await asyncio.sleep(0.02)
        assert time.perf_counter() - began_s < MOST_S, "the reply does not end"
    speaking.cancel()
    with suppress(asyncio.CancelledError):
        await speaking
    return recording.loud_at_s - began_s


async def measure(speaker: Speaker, rounds: int, *, paused: bool = False) -> str:
    worker: Worker[Synthesizer] = Worker("tts", lambda _: Tone())
    await worker.start()
    speaker.open()
    recording = Recording()
    voice, random_ = Voice(worker, speaker, TurnConfig()), random.Random(1)
    try:
        # The card plays silence first, as Marvin does.
        await asyncio.sleep(2.0)
        pausing = speaker if paused else None
        took_ms = [
            1000 * await interrupted(voice, recording, random_, pausing) for _ in range(rounds)
        ]
    finally:
        recording.close()
        speaker.close()
        await worker.stop(1.0)
    p50, p95 = np.percentile(took_ms, (50, 95))
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, most {max(took_ms):.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    with running() as sound:
        # Child processes read the environment, too.
        os.environ.update(sound.environment)
        for latency_s in LATENCIES_S:
            took = asyncio.run(measure(Speaker(latency_s=latency_s), rounds))
            print(f"latency_s {latency_s:4}: {took}", flush=True)
        took = asyncio.run(measure(Speaker(), rounds, paused=True))
        print(f"paused: {took}")
        took = asyncio.run(measure(UnflushedSpeaker(), max(1, rounds // 4)))
        print(f"played out: {took}")


if __name__ == "__main__":
    main()
