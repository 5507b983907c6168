"""Satellites that do not keep to the protocol, by the official Wyoming client."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import cycle

from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.ping import Ping
from wyoming.wake import Detect

_LIMIT_S = 120.0
"""Longer than the server may take for anything on a busy machine."""
_SECOND = bytes(32_000)
_PAUSE_S = 5.0

Rogue = Callable[[int], Awaitable[str]]


async def _answer(client: AsyncTcpClient) -> str:
    """What it is told first, or that the connection has ended."""
    try:
        async with asyncio.timeout(_LIMIT_S):
            event = await client.read_event()
    except (ConnectionError, asyncio.IncompleteReadError):
        return "end"
    return "end" if event is None else event.type


async def drops_in_mid_word(port: int) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    del reader
    start = AudioStart(16_000, 2, 1).event()
    writer.write(json.dumps({"type": "transcribe"}).encode() + b"\n")
    writer.write(json.dumps({"type": start.type, "data": start.data}).encode() + b"\n")
    header = {"type": "audio-chunk", "data": start.data, "payload_length": 32_000}
    writer.write(json.dumps(header).encode() + b"\n" + bytes(1_001))
    await writer.drain()
    writer.transport.abort()
    return "gone"


async def sends_a_wrong_rate(port: int) -> str:
    async with AsyncTcpClient("127.0.0.1", port) as client:
        await client.write_event(Transcribe().event())
        await client.write_event(AudioStart(7, 2, 1).event())
        return await _answer(client)


async def changes_the_rate(port: int) -> str:
    async with AsyncTcpClient("127.0.0.1", port) as client:
        await client.write_event(Transcribe().event())
        await client.write_event(AudioStart(16_000, 2, 1).event())
        for rate in (16_000, 48_000, 8_000):
            await client.write_event(AudioChunk(rate, 2, 1, _SECOND).event())
        await client.write_event(AudioStop().event())
        return await _answer(client)


async def floods(port: int) -> str:
    """As fast as it can, until it is stopped."""
    async with AsyncTcpClient("127.0.0.1", port) as client:
        told = asyncio.ensure_future(_answer(client))
        try:
            await client.write_event(Transcribe().event())
            await client.write_event(AudioStart(16_000, 2, 1).event())
            while not told.done():
                await client.write_event(AudioChunk(16_000, 2, 1, _SECOND * 30).event())
        except ConnectionError:
            pass
        return await told


async def speaks_another_version(port: int) -> str:
    """What is unknown is dropped, and the rest is served."""
    async with AsyncTcpClient("127.0.0.1", port) as client:
        await client.write_event(Event("run-satellite-2", {"version": "99", "caps": ["x"]}))
        await client.write_event(Ping("there?").event())
        return await _answer(client)


async def sends_garbage(port: int) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x16\x03\x01\x02\x00 not wyoming\n")
    async with asyncio.timeout(_LIMIT_S):
        told = await reader.readline()
    writer.transport.abort()
    return str(json.loads(told)["type"]) if told else "end"


async def wakes_and_leaves(port: int) -> str:
    async with AsyncTcpClient("127.0.0.1", port) as client:
        await client.write_event(Detect().event())
        await client.write_event(AudioStart(16_000, 2, 1).event())
        await client.write_event(AudioChunk(16_000, 2, 1, _SECOND).event())
    return "gone"


ROGUES: dict[Rogue, tuple[str, ...]] = {
    drops_in_mid_word: ("gone",),
    sends_a_wrong_rate: ("error",),
    changes_the_rate: ("error", "transcript"),
    floods: ("error", "end"),
    speaks_another_version: ("pong",),
    sends_garbage: ("error",),
    wakes_and_leaves: ("gone",),
}
"""With what may happen to them."""


async def bother(port: int, came: Counter[str], wrong: list[str]) -> None:
    """One after the other, for ever."""
    for rogue, allowed in cycle(ROGUES.items()):
        name = getattr(rogue, "__name__", "").replace("_", " ")
        outcome = await rogue(port)
        came[f"{name}: {outcome}"] += 1
        if outcome not in allowed:
            wrong.append(f"a satellite that {name} got: {outcome}")
        await asyncio.sleep(_PAUSE_S)
