"""The microphone and the loudspeaker of a client on the network."""

import asyncio
from collections.abc import Callable, Coroutine

import numpy as np
import pytest
from numpy.typing import NDArray

from marvin.audio.network_microphone import NetworkMicrophone
from marvin.audio.network_speaker import NetworkSpeaker
from marvin.errors import PlaybackError
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk
from tests.virtual import in_virtual_time

BLOCK = np.full(CHUNK_SAMPLES, 0.1, np.float32)
SECOND = AudioChunk(np.full(RATE_HZ, 0.5, np.float32))


class FarPlayer:
    """Keeps what it is sent; plays nothing by itself."""

    def __init__(self) -> None:
        self.blocks: list[tuple[int, NDArray[np.int16]]] = []
        self.volume = 0.0
        self.flushed = 0

    def play(self, position: int, samples: NDArray[np.int16]) -> None:
        self.blocks.append((position, samples))

    def flush(self) -> None:
        self.flushed += 1

    def set_volume(self, volume: float) -> None:
        self.volume = volume

    @property
    def sent(self) -> int:
        position, samples = self.blocks[-1]
        return position + len(samples)


def virtually(test: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
    def run() -> None:
        in_virtual_time(test())

    run.__name__ = test.__name__
    return run


async def taken(microphone: NetworkMicrophone) -> list[AudioChunk]:
    return [chunk async for chunk in microphone.chunks()]


@virtually
async def test_microphone_gives_chunks_until_it_ends() -> None:
    microphone = NetworkMicrophone(4.0)
    hearing = asyncio.ensure_future(taken(microphone))
    for _ in range(3):
        assert microphone.offer(BLOCK)
        await microphone.processed()
    microphone.end()
    assert [chunk.start for chunk in await hearing] == [0, CHUNK_SAMPLES, 2 * CHUNK_SAMPLES]


@virtually
async def test_what_comes_while_nothing_is_taken_makes_a_gap() -> None:
    microphone = NetworkMicrophone(0.2)
    for _ in range(10):
        await asyncio.sleep(0.04)
        assert microphone.offer(BLOCK)
    microphone.end()
    chunks = await taken(microphone)
    # 0.2 s are left of 0.4 s.
    assert [chunk.start // CHUNK_SAMPLES for chunk in chunks] == [5, 6, 7, 8, 9]


@virtually
async def test_audio_may_come_ahead_but_not_all_the_time() -> None:
    microphone = NetworkMicrophone(2.0)
    assert all(microphone.offer(BLOCK) for _ in range(50))
    assert not microphone.offer(BLOCK)
    # In real time it goes on forever.
    await asyncio.sleep(1.0)
    for _ in range(1000):
        await asyncio.sleep(0.04)
        assert microphone.offer(BLOCK)


@virtually
async def test_reply_is_over_when_the_client_has_played_it() -> None:
    player = FarPlayer()
    speaker = NetworkSpeaker(player, 24_000)
    await speaker.play(SECOND)
    over = asyncio.ensure_future(speaker.drained())
    await asyncio.sleep(1.0)
    assert player.sent == 24_000
    assert [position for position, _ in player.blocks][1] == len(player.blocks[0][1])
    speaker.played(23_999)
    # From before, or of nothing that was sent.
    speaker.played(100)
    speaker.played(10**9)
    await asyncio.sleep(1.0)
    assert not over.done()
    speaker.played(24_000)
    await over


@virtually
async def test_only_some_seconds_are_sent_ahead() -> None:
    player = FarPlayer()
    speaker = NetworkSpeaker(player, 16_000)
    for _ in range(5):
        await speaker.play(SECOND)
    ahead = asyncio.ensure_future(speaker.play(SECOND))
    await asyncio.sleep(0.1)
    assert not ahead.done()
    speaker.played(RATE_HZ)
    await ahead
    assert player.sent == 6 * RATE_HZ


@virtually
async def test_flush_tells_what_was_not_heard() -> None:
    player = FarPlayer()
    speaker = NetworkSpeaker(player, 16_000)
    assert speaker.flush() == 0.0
    assert player.flushed == 0
    await speaker.play(SECOND)
    speaker.played(4_000)
    # Since then it has played on, by a block at most.
    await asyncio.sleep(0.05)
    assert speaker.flush() == pytest.approx(0.7)
    assert player.flushed == 1
    await speaker.drained()
    await speaker.play(SECOND)
    # A report that crossed the flush.
    speaker.played(8_000)
    over = asyncio.ensure_future(speaker.drained())
    await asyncio.sleep(0.1)
    assert not over.done()
    speaker.played(2 * RATE_HZ)
    await over


@virtually
async def test_client_that_plays_nothing_has_no_loudspeaker() -> None:
    player = FarPlayer()
    speaker = NetworkSpeaker(player, 16_000)
    await speaker.play(SECOND)
    with pytest.raises(PlaybackError, match="has played nothing for 5 s"):
        await speaker.drained()
    # The next reply tries again.
    await speaker.play(SECOND)
    speaker.played(2 * RATE_HZ)
    await speaker.drained()
