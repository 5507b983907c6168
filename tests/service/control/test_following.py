"""The event stream is complete for readers, bounded for others, and never delays its publisher."""

import asyncio
from contextlib import closing
from pathlib import Path

from marvin.events import AudioLost, Event, Heard, StateChanged
from marvin.service.control.following import QUEUED
from marvin.state import State, Trigger
from tests.service.control.daemon import Client, Daemon, Deaf, running

EVENTS = b'{"command": "events"}'


async def follower(daemon: Daemon) -> Client:
    client = await daemon.connect()
    assert await client.ask(EVENTS) == {"ok": True}
    return client


def numbered(number: int) -> Event:
    return AudioLost(float(number))


async def test_follower_gets_every_event_as_printed(path: Path) -> None:
    async with running(path) as daemon:
        first, second = await follower(daemon), await follower(daemon)
        daemon.server.publish(StateChanged(State.IDLE, State.LISTENING, Trigger.WAKE_WORD, 1.5))
        daemon.server.publish(Heard("wie spät ist es", float("nan")))
        for client in (first, second):
            assert await client.read() == {
                "event": "state_changed",
                "before": "idle",
                "after": "listening",
                "cause": "wake word",
                "at_s": 1.5,
            }
            heard = await client.read()
            assert heard == {
                "event": "heard",
                "text": "wie spät ist es",
                "confidence": None,
                "speaker": None,
            }


async def test_event_without_followers_goes_nowhere(path: Path) -> None:
    async with running(path) as daemon:
        daemon.server.publish(numbered(1))
        client = await follower(daemon)
        daemon.server.publish(numbered(2))
        assert (await client.read())["seconds"] == 2.0


async def test_follower_may_be_silent_for_longer_than_others(path: Path) -> None:
    async with running(path, patience_s=0.02) as daemon:
        client, idle = await follower(daemon), await daemon.connect()
        assert await idle.is_closed()
        daemon.server.publish(numbered(7))
        assert (await client.read())["seconds"] == 7.0


async def test_follower_that_has_left_is_forgotten(path: Path) -> None:
    async with running(path) as daemon:
        for _ in range(100):
            (await follower(daemon)).close()
        # If their places were not free, this one would be refused.
        client = await follower(daemon)
        daemon.server.publish(numbered(1))
        assert (await client.read())["seconds"] == 1.0


async def test_input_of_a_follower_is_ignored(path: Path) -> None:
    async with running(path) as daemon:
        client = await follower(daemon)
        await client.write(b'{"command": "stop"}\n' * 50_000)
        daemon.server.publish(numbered(1))
        assert (await client.read())["event"] == "audio_lost"
        assert daemon.assistant.done == []


async def test_slow_follower_loses_the_oldest_events_and_learns_how_many(path: Path) -> None:
    async with running(path) as daemon:
        reading = await follower(daemon)
        with closing(Deaf(path, EVENTS + b"\n")) as deaf:
            await (await daemon.connect()).ask(b'{"command": "stop"}')  # It is following by now.
            for number in range(10_000):
                daemon.server.publish(numbered(number))
                # A follower that reads misses nothing, whatever others do.
                assert (await reading.read())["seconds"] == number
            told: list[dict[str, object]] = []
            while not told or told[-1].get("seconds") != 9_999.0:
                told += deaf.read()
                await asyncio.sleep(0)
        assert told.pop(0) == {"ok": True}
        lost = sum(int(str(one["count"])) for one in told if one["event"] == "events_lost")
        seen = [one["seconds"] for one in told if one["event"] == "audio_lost"]
        assert lost > 0
        assert lost + len(seen) == 10_000
        assert seen == sorted(seen, key=lambda number: float(str(number)))
        assert seen[-QUEUED:] == [float(number) for number in range(10_000 - QUEUED, 10_000)]


async def test_follower_that_never_reads_is_disconnected_in_the_end(path: Path) -> None:
    async with running(path, patience_s=0.05) as daemon:
        with closing(Deaf(path, EVENTS + b"\n")) as deaf:
            await (await daemon.connect()).ask(b'{"command": "stop"}')
            for number in range(20_000):
                daemon.server.publish(numbered(number))
                await asyncio.sleep(0)
            await deaf.let_go()
        # Its place is free, and the daemon is available to others.
        client = await follower(daemon)
        daemon.server.publish(numbered(1))
        assert (await client.read())["seconds"] == 1.0


async def test_publishing_never_waits(path: Path) -> None:
    async with running(path) as daemon:
        with closing(Deaf(path, EVENTS + b"\n")) as deaf:
            await (await daemon.connect()).ask(b'{"command": "stop"}')
            # Without yielding to the loop in between, only the last ones are kept.
            for number in range(10_000):
                daemon.server.publish(numbered(number))
            told: list[dict[str, object]] = []
            while len(told) < 2 + QUEUED:
                told += deaf.read()
                await asyncio.sleep(0)
        assert told[1] == {"event": "events_lost", "count": 10_000 - QUEUED}
        assert told[2]["seconds"] == 10_000 - QUEUED
