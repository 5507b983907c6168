"""Timers ring when they are due, and are gone only once they were heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from marvin import timekeeper
from marvin.skills.timers import Timers
from marvin.timekeeper import ring_timers
from marvin.types import AudioChunk


class Announcer:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.rang = asyncio.Event()
        self.heard = asyncio.Event()

    async def announce(self, ring: AudioChunk, text: str) -> None:
        assert ring.duration_s > 0.5
        self.texts.append(text)
        self.rang.set()
        await self.heard.wait()


@asynccontextmanager
async def ringing(timers: Timers) -> AsyncIterator[Announcer]:
    announcer = Announcer()
    task = asyncio.create_task(ring_timers(timers, announcer.announce))
    yield announcer
    task.cancel()


async def test_a_timer_rings_when_its_time_is_up(tmp_path: Path) -> None:
    timers = Timers.load(tmp_path / "timers.json")
    async with asyncio.timeout(300), ringing(timers) as announcer:
        await asyncio.sleep(0)
        timers.add(1.0, "egg", datetime.now(UTC) - timedelta(seconds=0.9))
        await announcer.rang.wait()
    assert announcer.texts == ["Your egg timer is done."]


class SetClock(datetime):
    """A wall clock that somebody sets."""

    ahead = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "SetClock":
        return super().now(tz) + cls.ahead


@pytest.mark.parametrize(
    "before", [timedelta(), timedelta(hours=-1)], ids=["forward", "back first"]
)
async def test_a_clock_that_jumps_an_hour_loses_no_timer_and_rings_none_twice(
    before: timedelta, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timekeeper, "datetime", SetClock)
    monkeypatch.setattr(timekeeper, "_LOOK_AGAIN_S", 0.01)
    monkeypatch.setattr(SetClock, "ahead", timedelta())
    timers = Timers.load(tmp_path / "timers.json")
    timers.add(600.0, "egg", datetime.now(UTC))
    async with asyncio.timeout(300), ringing(timers) as announcer:
        announcer.heard.set()
        SetClock.ahead = before
        await asyncio.sleep(0.05)
        assert announcer.texts == []
        SetClock.ahead = timedelta(hours=1)
        await announcer.rang.wait()
        while timers.all():  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0.01)
    assert announcer.texts == ["Your egg timer ended 50 minutes ago, while I was off."]
    assert timers.all() == ()


async def test_a_timer_that_nobody_heard_rings_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "timers.json"
    timers = Timers.load(path)
    timers.add(60.0, "tea", datetime.now(UTC) - timedelta(seconds=60))
    async with asyncio.timeout(300), ringing(timers) as announcer:
        await announcer.rang.wait()  # and the process ends before it has been heard
    async with asyncio.timeout(300), ringing(Timers.load(path)) as announcer:
        announcer.heard.set()
        await announcer.rang.wait()
        while Timers.load(path).all():  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0.01)
    assert len(announcer.texts) == 1
    assert Timers.load(path).all() == ()
