"""Timers ring when due until somebody stops them, and are deleted only once heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marvin.config.tables import SkillsConfig
from marvin.service import timekeeper
from marvin.service.timekeeper import ring_agenda
from marvin.skills.agenda import Agenda
from marvin.skills.timers.steady import SteadyClock
from marvin.skills.timers.timer_set import Timers
from marvin.types import AudioChunk
from tests.skills.kept import load_timers


class Time:
    """A wall clock that can be set, and the true elapsed time."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self.set_ahead = timedelta()

    def clock(self) -> SteadyClock:
        return SteadyClock(lambda: self.passed_s, self._wall)

    def _wall(self) -> datetime:
        return (
            datetime(2026, 11, 21, tzinfo=UTC) + self.set_ahead + timedelta(seconds=self.passed_s)
        )


class Room:
    """Hears each ring, which takes five seconds, and stops some of them."""

    def __init__(self, time: Time, ends_after: int) -> None:
        """Stop every ring from this number on."""
        self._time = time
        self.texts: list[str] = []
        self.peaks: list[float] = []
        self.ends_after = ends_after
        self.hears = asyncio.Event()
        self.rang = asyncio.Event()

    async def ring(self, sound: AudioChunk, text: str, rest_s: float) -> bool:
        assert sound.duration_s > 0.5
        self.peaks.append(float(abs(sound.samples).max()))
        self.texts.append(text)
        self.rang.set()
        await self.hears.wait()
        await asyncio.sleep(0)
        self._time.passed_s += 5.0
        return len(self.texts) >= self.ends_after


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    monkeypatch.setattr(timekeeper, "_LOOK_AGAIN_S", 0.001)
    return Time()


@asynccontextmanager
async def ringing(
    timers: Timers, time: Time, *, ends_after: int = 1, ring_s: float = 60.0, hears: bool = True
) -> AsyncIterator[Room]:
    agenda = Agenda()
    agenda.timers = timers
    async with ringing_agenda(
        agenda, time, ends_after=ends_after, ring_s=ring_s, hears=hears
    ) as room:
        yield room


@asynccontextmanager
async def ringing_agenda(
    agenda: Agenda, time: Time, *, ends_after: int = 1, ring_s: float = 60.0, hears: bool = True
) -> AsyncIterator[Room]:
    room = Room(time, ends_after)
    if hears:
        room.hears.set()
    config = SkillsConfig(ring_s=ring_s, alarm_s=ring_s)
    task = asyncio.create_task(ring_agenda(agenda, room.ring, config))
    await asyncio.sleep(0)
    async with asyncio.timeout(300):
        yield room
    assert not task.done() or task.result()
    task.cancel()
    await asyncio.wait([task])


async def none_left(timers: Timers) -> None:
    while timers.all():  # noqa: ASYNC110 (it tells nobody)
        await asyncio.sleep(0)


async def test_timer_rings_when_due(time: Time) -> None:
    timers = Timers(clock=time.clock())
    timers.add(600.0, "egg", timers.clock())
    async with ringing(timers, time) as room:
        time.passed_s = 599.0
        await asyncio.sleep(0.02)
        assert room.texts == []
        time.passed_s = 600.0
        await none_left(timers)
    assert room.texts == ["Your egg timer is done."]


@pytest.mark.parametrize(
    "jump", [timedelta(hours=2), timedelta(hours=-1), timedelta(days=-40)], ids=str
)
async def test_setting_the_clock_loses_no_timer_and_rings_none_early(
    jump: timedelta, time: Time
) -> None:
    timers = Timers(clock=time.clock())
    timers.add(600.0, "egg", timers.clock())
    async with ringing(timers, time) as room:
        time.set_ahead = jump
        await asyncio.sleep(0.02)
        assert room.texts == []
        time.passed_s = 601.0
        await none_left(timers)
    assert room.texts == ["Your egg timer is done."]


async def test_after_the_laptop_slept_it_rings_and_says_how_late_it_is(time: Time) -> None:
    timers = Timers(clock=time.clock())
    timers.add(600.0, "egg", timers.clock())
    async with ringing(timers, time) as room:
        time.passed_s = 1200.0
        await none_left(timers)
    assert room.texts == ["Your egg timer ended 10 minutes ago, while I was off."]


async def test_unheard_timer_rings_again_after_a_restart(tmp_path: Path, time: Time) -> None:
    path = tmp_path / "marvin.sqlite3"
    timers = load_timers(path, time.clock())
    timers.add(60.0, "tea", timers.clock())
    time.passed_s = 60.0
    async with ringing(timers, time, hears=False) as room:
        await room.rang.wait()  # The process ends before the ring has been heard.
    timers.store.close()
    again = load_timers(path, time.clock())
    async with ringing(again, time) as room:
        await none_left(again)
    assert len(room.texts) == 1
    again.store.close()
    assert load_timers(path).all() == ()


@pytest.mark.parametrize(("ring_s", "rings"), [(60.0, 13), (20.0, 5), (0.0, 1)])
async def test_ringing_has_a_maximum_duration(ring_s: float, rings: int, time: Time) -> None:
    timers = Timers(clock=time.clock())
    timers.add(60.0, "tea", timers.clock())
    time.passed_s = 60.0
    async with ringing(timers, time, ends_after=1_000, ring_s=ring_s) as room:
        await none_left(timers)
    # The first is not a repetition; the text is the same each time.
    assert room.texts == ["Your tea timer is done."] * rings


async def test_it_rings_until_stopped(time: Time) -> None:
    timers = Timers(clock=time.clock())
    timers.add(60.0, "tea", timers.clock())
    time.passed_s = 60.0
    async with ringing(timers, time, ends_after=3) as room:
        await none_left(timers)
        await asyncio.sleep(0.02)
    assert len(room.texts) == 3


async def test_stopping_one_ring_stops_all_ringing_timers_and_no_other(time: Time) -> None:
    timers = Timers(clock=time.clock())
    timers.add(60.0, "tea", timers.clock())
    timers.add(62.0, "egg", timers.clock())
    timers.add(64.0, "rice", timers.clock())
    time.passed_s = 60.0
    async with ringing(timers, time, ends_after=3) as room:
        await none_left(timers)
    # The third ring stops tea and egg. Rice is due by then but has not rung, so it rings.
    assert [text.split()[1] for text in room.texts] == ["tea", "tea", "egg", "rice"]


async def test_ringing_timer_falls_silent_when_cancelled_or_extended(
    time: Time,
) -> None:
    timers = Timers(clock=time.clock())
    tea = timers.add(60.0, "tea", timers.clock())
    egg = timers.add(60.0, "egg", timers.clock())
    time.passed_s = 60.0
    async with ringing(timers, time, ends_after=1_000) as room:
        await room.rang.wait()
        timers.cancel([tea])
        timers.extend(egg, 600.0)
        await asyncio.sleep(0.02)
        rung = len(room.texts)
        assert rung <= 4
        await asyncio.sleep(0.02)
        assert len(room.texts) == rung
        room.ends_after = 1
        time.passed_s = 700.0
        await none_left(timers)
    assert room.texts[-1] == "Your egg timer is done."


async def test_notices_are_in_the_language_of_the_conversation(time: Time) -> None:
    room = Room(time, ends_after=1)
    room.hears.set()
    agenda = Agenda()
    agenda.store.damaged("timers", "broken", ())
    ringing = ring_agenda(agenda, room.ring, SkillsConfig(), lambda: "de")
    task = asyncio.create_task(ringing)
    async with asyncio.timeout(300):
        await room.rang.wait()
    task.cancel()
    await asyncio.wait([task])
    assert room.texts[0].startswith("Die Datei mit deinen Timern, Weckern und Listen")
