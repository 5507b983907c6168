"""A turn through the Wyoming server against the same turn without it, and many at once.

    python -m benchmarks.speed.through_wyoming [--turns 10] [--clients 2 4 8] [--json FILE]

The embedded profile answers samples/what_time_is_it.wav. A turn is timed from the end of the audio
to the first audio of the answer. Through the server it takes three connections, one each for
speech to text, the answer and speech synthesis, as Home Assistant makes them; without it the same
engines are called in this process, by turns with the others. Server and clients share one process,
so the CPU time of a turn includes that of its client, and clients at once compete for the cores of
this machine. Every turn must be answered with the time. At last, clients at once wait for the wake
word in audio that arrives in real time: the recording, over and over, in which each must hear it.
"""

import argparse
import asyncio
import os
import tempfile
import time
import wave
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event as WyomingEvent
from wyoming.ping import Ping
from wyoming.tts import Synthesize
from wyoming.wake import Detect

from benchmarks.process_cost import cpu_s, peak_mb
from benchmarks.ratio_table import ROOT, Row, print_table, write_json
from marvin.config import load_config
from marvin.config.serve_table import ServeConfig
from marvin.engines.engine_set import EngineSet
from marvin.engines.workers.freed_memory import resident_mb
from marvin.events import Event, Serving
from marvin.pcm import to_float32
from marvin.service.assembly import served_engines
from marvin.service.carried_over import CarriedOver
from marvin.service.client_calls import synthesize, transcribe
from marvin.service.conversations import ClientConversation
from marvin.service.served_engines import ServedEngines
from marvin.service.wyoming.wyoming_server import WyomingServer
from marvin.types import Ask, Notice, Say

RECORDING = ROOT / "samples" / "what_time_is_it.wav"
ANSWER = "It is "
Figures = dict[str, float]
LISTEN_S = 12.0
_BLOCK = 2048


class ThroughWyoming:
    """One client."""

    def __init__(self, port: int, audio: bytes) -> None:
        self._port = port
        self._audio = audio

    async def turn(self) -> float:
        """Seconds from the end of the audio to the first audio of the answer."""
        async with self._client() as client:
            await client.write_event(Transcribe().event())
            await client.write_event(AudioStart(16_000, 2, 1).event())
            for at in range(0, len(self._audio), _BLOCK):
                block = self._audio[at : at + _BLOCK]
                await client.write_event(AudioChunk(16_000, 2, 1, block).event())
            began = time.perf_counter()
            await client.write_event(AudioStop().event())
            question = (await _until(client, "transcript")).data["text"]
        async with self._client() as client:
            await client.write_event(Transcript(question).event())
            answer = (await _until(client, "handled")).data["text"]
        assert answer.startswith(ANSWER), answer
        async with self._client() as client:
            await client.write_event(Synthesize(answer).event())
            await _until(client, "audio-chunk")
            took_s = time.perf_counter() - began
            await _until(client, "audio-stop")
        return took_s

    def _client(self) -> AsyncTcpClient:
        return AsyncTcpClient("127.0.0.1", self._port)


async def _until(client: AsyncTcpClient, kind: str) -> WyomingEvent:
    while (event := await client.read_event()) is not None:
        if event.type == kind:
            return event
        if event.type in ("error", "not-handled"):
            raise RuntimeError(event.data["text"])
    raise RuntimeError("the server has closed the connection")


async def without(served: ServedEngines, audio: bytes) -> float:
    """The same turn by the engines alone."""
    samples = to_float32(np.frombuffer(audio, np.int16))
    began = time.perf_counter()
    question = (await transcribe(served, samples, "")).text
    said: list[str] = []

    async def say(item: Say | Ask | Notice) -> None:
        said.append(item.text)

    await ClientConversation(served).answer(question, "", say)
    assert said[0].startswith(ANSWER), said

    async def sentences() -> AsyncIterator[str]:
        for one in said:
            yield one

    took_s = 0.0
    async for _ in synthesize(served, sentences(), ""):
        took_s = took_s or time.perf_counter() - began
    return took_s


async def at_once(port: int, audio: bytes, clients: int, turns: int) -> Figures:
    """Each client takes `turns` turns."""

    async def one() -> list[float]:
        client = ThroughWyoming(port, audio)
        return [await client.turn() for _ in range(turns)]

    began, cpu = time.perf_counter(), cpu_s(os.getpid())
    taken = [
        took for each in await asyncio.gather(*(one() for _ in range(clients))) for took in each
    ]
    return {
        "clients": clients,
        "median_s": median(taken),
        "p95_s": float(np.percentile(taken, 95)),
        "cpu_s_per_turn": (cpu_s(os.getpid()) - cpu) / len(taken),
        "turns_per_s": len(taken) / (time.perf_counter() - began),
        "peak_mb": peak_mb(os.getpid()),
    }


async def listening(port: int, audio: bytes, clients: int) -> Figures:
    """The cost of `clients` that wait for the wake word for LISTEN_S."""
    heard = [0] * clients
    ready = asyncio.Barrier(clients + 1)
    looped = audio + audio[:_BLOCK]

    async def note(client: AsyncTcpClient, at: int) -> None:
        while await client.read_event() is not None:
            heard[at] += 1

    async def one(at: int) -> None:
        async with AsyncTcpClient("127.0.0.1", port) as client:
            await client.write_event(Detect().event())
            await client.write_event(Ping().event())
            # Its detector is loaded.
            await _until(client, "pong")
            await ready.wait()
            noting = asyncio.create_task(note(client, at))
            began, sent = time.monotonic(), 0
            while sent < LISTEN_S * 32_000:
                block = looped[sent % len(audio) :][:_BLOCK]
                await client.write_event(AudioChunk(16_000, 2, 1, block).event())
                sent += _BLOCK
                await asyncio.sleep(max(0.0, began + sent / 32_000 - time.monotonic()))
            noting.cancel()

    before_mb = resident_mb()
    async with asyncio.TaskGroup() as group:
        for at in range(clients):
            group.create_task(one(at))
        await ready.wait()
        loaded_mb, cpu = resident_mb(), cpu_s(os.getpid())
    assert min(heard) > 0, heard
    return {
        "ears": clients,
        "cpu_share_each": (cpu_s(os.getpid()) - cpu) / LISTEN_S / clients,
        "mb_each": (loaded_mb - before_mb) / clients,
    }


async def measure(turns: int, clients: Sequence[int]) -> tuple[Row, list[Figures], list[Figures]]:
    with wave.open(str(RECORDING)) as file:
        assert file.getparams()[:3] == (1, 2, 16_000)
        audio = file.readframes(file.getnframes())
    with tempfile.TemporaryDirectory() as name:
        config = load_config(profile="embedded").config
        skills = config.skills.model_copy(update={"state_dir": Path(name)})
        config = config.model_copy(update={"skills": skills})
        engines = EngineSet(config)
        served = served_engines(engines, config, CarriedOver())
        async with engines.running(), asyncio.TaskGroup() as group:
            begun: asyncio.Queue[Event] = asyncio.Queue()
            table = ServeConfig(wyoming="tcp://127.0.0.1:0")
            serving = group.create_task(WyomingServer(served, table, begun.put_nowait).run())
            event = await begun.get()
            assert isinstance(event, Serving)
            port = int(event.address.rpartition(":")[2])
            client = ThroughWyoming(port, audio)
            ours, theirs = [], []
            for turn in range(turns + 1):
                through_s, alone_s = await client.turn(), await without(served, audio)
                if turn:  # The first warms up.
                    ours.append(through_s)
                    theirs.append(alone_s)
            many = [await at_once(port, audio, count, turns) for count in (1, *clients)]
            ears = [await listening(port, audio, count) for count in (1, clients[-1])]
            serving.cancel()
    what = "end of speech to first audio"
    return Row(what, "through Wyoming", "in this process", ours, theirs, None), many, ears


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--clients", type=int, nargs="+", default=[2, 4, 8])
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    row, many, ears = asyncio.run(measure(arguments.turns, arguments.clients))
    print_table([row])
    for one in many:
        print(
            f"{one['clients']:.0f} at once: median {one['median_s'] * 1000:.0f} ms,"
            f" p95 {one['p95_s'] * 1000:.0f} ms, {one['turns_per_s']:.1f} turns/s,"
            f" {one['cpu_s_per_turn'] * 1000:.0f} ms of CPU a turn, {one['peak_mb']:.0f} MB at most"
        )
    for one in ears:
        print(
            f"{one['ears']:.0f} waiting for the wake word: {100 * one['cpu_share_each']:.1f} % of a"
            f" core and {one['mb_each']:.0f} MB each"
        )
    if arguments.json is not None:
        write_json([row], arguments.json, many=many, ears=ears)


if __name__ == "__main__":
    main()
