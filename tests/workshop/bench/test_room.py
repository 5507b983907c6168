"""A simulated room in which time passes."""

import asyncio
from contextlib import aclosing

import numpy as np

from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from marvin.workshop.bench.room import Room


async def heard(room: Room, samples: Samples, mark: int) -> list[AudioChunk]:
    """All audio up to the end of what is played."""
    chunks: list[AudioChunk] = []

    async def listen() -> None:
        async with aclosing(room.chunks()) as every:
            async for chunk in every:
                chunks.append(chunk)

    async with asyncio.TaskGroup() as group:
        group.create_task(listen())
        await room.play(samples, mark)
        room.close()
    return chunks


async def test_played_audio_is_heard_whole_in_a_quiet_room() -> None:
    samples = np.linspace(0.5, 1.0, 5 * CHUNK_SAMPLES + 100, dtype=np.float32)
    chunks = await heard(Room(), samples, len(samples))
    assert [chunk.start for chunk in chunks] == [at * CHUNK_SAMPLES for at in range(len(chunks))]
    audio = np.concatenate([chunk.samples for chunk in chunks])
    begin = int(np.argmax(audio > 0.4))
    assert np.allclose(audio[begin : begin + len(samples)], samples, atol=0.01)
    assert np.abs(audio[begin + len(samples) :]).max() < 0.01


async def test_samples_are_timed_as_by_a_microphone() -> None:
    room = Room()
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    samples = np.ones(6 * CHUNK_SAMPLES, np.float32)
    mark = 2 * CHUNK_SAMPLES + 64
    chunks = await heard(room, samples, mark)
    audio = np.concatenate([chunk.samples for chunk in chunks])
    begin = int(np.argmax(audio > 0.5))
    assert room.mark_s is not None
    # Not before the sample's time; how much later the loop starts to listen does not matter.
    assert began_s + (begin + mark) / RATE_HZ <= room.mark_s <= loop.time()
