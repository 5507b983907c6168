"""What OpenAI's API over HTTP adds to the engines, and what many clients at once do to each other.

    python -m benchmarks.speed.served_clients [--profile embedded] [--rounds 9] [--clients 1,2,4,8]
        [--recording FILE] [--json FILE]

Serves the profile on loopback and asks it with OpenAI's own client, in the same process, in turns
with the same calls without HTTP: a sentence to its first audio, a recording to its transcript, and
a question to a skill's answer. Then so many clients at once ask for speech; their times and the CPU
time of one answer include the clients' own work. Last, the person in the room is transcribed while
as many clients as possible transcribe the same, against alone.
"""

import argparse
import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import openai

from benchmarks.published_profile import published_profile
from benchmarks.ratio_table import Row, print_table, write_json
from marvin.audio.reader import open_audio
from marvin.config.tables import Config
from marvin.engines.engine_set import EngineSet
from marvin.engines.workers.freed_memory import resident_mb
from marvin.service.assembly import served_engines
from marvin.service.carried_over import CarriedOver
from marvin.service.http.access import AccessRules
from marvin.service.http.application import create_application
from marvin.service.http.chat_endpoint import answered
from marvin.service.http.speech_endpoint import spoken
from marvin.service.http.uvicorn_server import run_application
from marvin.service.recording_parts import PART_S, RecordingParts
from marvin.service.served_engines import ServedEngines
from marvin.types import Utterance
from tests.paths import SAMPLES

SENTENCE = "The next train to the city leaves in twelve minutes."
QUESTION = "what is twelve times seven"

Timed = Callable[[], Awaitable[float]]


@asynccontextmanager
async def served(config: Config) -> AsyncIterator[tuple[ServedEngines, openai.AsyncOpenAI]]:
    engines = EngineSet(config)
    shared = served_engines(engines, config, CarriedOver())
    rules = AccessRules(rate=1e6)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        async with engines.running(), openai.AsyncOpenAI(api_key="-", base_url=address) as client:
            running = asyncio.create_task(
                run_application(create_application(shared, rules), listening)
            )
            try:
                yield shared, client
            finally:
                running.cancel()
                await asyncio.wait([running])


async def speech_by_http(client: openai.AsyncOpenAI) -> float:
    began = time.perf_counter()
    speaking = client.audio.speech.with_streaming_response.create(
        model="marvin", voice="marvin", input=SENTENCE, response_format="pcm"
    )
    async with speaking as speech:
        parts = speech.iter_bytes()
        await anext(parts)
        first_s = time.perf_counter() - began
        async for _ in parts:
            pass
    return first_s


async def speech_directly(shared: ServedEngines) -> float:
    began = time.perf_counter()
    chunks = spoken(shared, SENTENCE)
    await anext(chunks)
    first_s = time.perf_counter() - began
    async for _ in chunks:
        pass
    return first_s


async def transcript_by_http(client: openai.AsyncOpenAI, recording: Path) -> float:
    began = time.perf_counter()
    await client.audio.transcriptions.create(model="marvin", file=recording)
    return time.perf_counter() - began


async def transcript_directly(shared: ServedEngines, utterance: Utterance) -> float:
    began = time.perf_counter()
    await shared.engines.transcriber.call(
        lambda engine, token: engine.transcribe(utterance, token), 600
    )
    return time.perf_counter() - began


async def answer_by_http(client: openai.AsyncOpenAI) -> float:
    began = time.perf_counter()
    await client.chat.completions.create(
        model="marvin", messages=[{"role": "user", "content": QUESTION}]
    )
    return time.perf_counter() - began


async def answer_directly(shared: ServedEngines) -> float:
    began = time.perf_counter()
    async for _ in answered(shared, QUESTION, shared.new_memory()):
        pass
    return time.perf_counter() - began


async def in_turns(rounds: int, ours: Timed, theirs: Timed) -> tuple[list[float], list[float]]:
    """Without the first round."""
    pairs = [(await ours(), await theirs()) for _ in range(rounds + 1)][1:]
    return [one for one, _ in pairs], [other for _, other in pairs]


async def at_once(clients: int, rounds: int, ask: Timed) -> tuple[list[float], float]:
    """Their times, and CPU seconds of one answer."""
    began = time.process_time()
    times = [
        one for _ in range(rounds) for one in await asyncio.gather(*(ask() for _ in range(clients)))
    ]
    return times, (time.process_time() - began) / len(times)


async def crowded(clients: int, ask: Timed, room: Timed, rounds: int) -> list[float]:
    """Times of the room while so many clients never stop asking."""

    async def forever() -> None:
        while True:
            await ask()

    asking = [asyncio.create_task(forever()) for _ in range(clients)]
    await asyncio.sleep(0.5)
    times = [await room() for _ in range(rounds)]
    for task in asking:
        task.cancel()
    await asyncio.wait(asking)
    return times


async def measured(
    config: Config, recording: Path, rounds: int, crowds: Sequence[int]
) -> list[Row]:
    utterance = RecordingParts(open_audio(recording), PART_S).next()
    assert utterance is not None
    rows = []
    async with served(config) as (shared, client):

        def speech() -> Awaitable[float]:
            return speech_by_http(client)

        def transcript() -> Awaitable[float]:
            return transcript_by_http(client, recording)

        def room() -> Awaitable[float]:
            return transcript_directly(shared, utterance)

        alone, direct = await in_turns(rounds, speech, lambda: speech_directly(shared))
        rows.append(Row("sentence to first audio", "HTTP", "direct", alone, direct, None))
        ours, theirs = await in_turns(rounds, transcript, room)
        length = f"recording of {utterance.speech_s:.1f} s to transcript"
        rows.append(Row(length, "HTTP", "direct", ours, theirs, None))
        ours, theirs = await in_turns(
            rounds, lambda: answer_by_http(client), lambda: answer_directly(shared)
        )
        rows.append(Row("question to a skill's answer", "HTTP", "direct", ours, theirs, None))
        for clients in crowds:
            times, cpu_s = await at_once(clients, rounds, speech)
            slow = sorted(times)[-max(1, len(times) // 20)]
            what = (
                f"{clients} at once: sentence to first audio; 95 % within {slow * 1000:.0f} ms, "
                f"{cpu_s * 1000:.0f} ms of CPU an answer, {resident_mb():.0f} MB"
            )
            rows.append(Row(what, f"{clients} clients", "direct, alone", times, direct, None))
        times = await crowded(max(crowds), transcript, room, rounds)
        what = f"transcript for the room, with {max(crowds)} clients"
        rows.append(Row(what, "room", "room, alone", times, rows[1].theirs_s, None))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--profile", default="embedded")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--clients", default="1,2,4,8")
    parser.add_argument("--recording", type=Path, default=SAMPLES / "what_time_is_it.wav")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    open_audio(options.recording).close()
    crowds = [int(count) for count in options.clients.split(",")]
    config = published_profile(options.profile)
    rows = asyncio.run(measured(config, options.recording, options.rounds, crowds))
    print_table(rows)
    if options.json:
        write_json(rows, options.json, profile=options.profile)


if __name__ == "__main__":
    main()
