"""Alarms ring like timers, get louder, and are told if they were missed."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marvin.skills.agenda import Agenda
from marvin.skills.alarms.alarm_set import Alarms
from marvin.skills.alarms.wall_clock import WallClock
from marvin.skills.store.store import Store

from .test_timekeeper import Time, none_left, ringing_agenda, time

__all__ = ["time"]


def with_alarms(time: Time) -> Agenda:
    """At midnight UTC."""
    return Agenda(clock=time.clock(), wall=WallClock(time._wall, UTC))


async def none_due(alarms: Alarms) -> None:
    while alarms.due() or alarms.missed():  # noqa: ASYNC110 (it tells nobody)
        await asyncio.sleep(0)


async def test_alarms_of_one_second_are_one_ring_that_gets_louder(time: Time) -> None:
    agenda = with_alarms(time)
    for purpose in (None, "to call mom"):
        agenda.alarms.add("alarm", datetime(2026, 11, 21, 7), purpose=purpose)
    async with ringing_agenda(agenda, time, ends_after=4) as room:
        time.passed_s = 7 * 3600.0
        await none_due(agenda.alarms)
        await asyncio.sleep(0.02)
    assert room.texts == ["This is your alarm for 7 AM. It is time to call mom."] * 4
    assert room.peaks == sorted(room.peaks)
    assert 1.5 * room.peaks[0] < room.peaks[3] <= 0.951
    assert agenda.alarms.all() == ()


async def test_alarm_and_timer_ring_in_turn_and_stop_together(time: Time) -> None:
    agenda = with_alarms(time)
    agenda.alarms.add("alarm", datetime(2026, 11, 21, 0, 1), weekdays=tuple(range(7)))
    agenda.timers.add(60.0, "tea", agenda.timers.clock())
    async with ringing_agenda(agenda, time, ends_after=4) as room:
        time.passed_s = 60.0
        await none_left(agenda.timers)
        await none_due(agenda.alarms)
    tea, alarm = "Your tea timer is done.", "This is your alarm for 12:01 AM."
    assert room.texts == [tea, alarm, tea, alarm]
    assert [one.due for one in agenda.alarms.all()] == [datetime(2026, 11, 22, 0, 1)]


@pytest.mark.parametrize(("ring_s", "rings"), [(60.0, 13), (0.0, 1)])
async def test_alarm_nobody_stops_has_a_limit(ring_s: float, rings: int, time: Time) -> None:
    agenda = with_alarms(time)
    agenda.alarms.add("alarm", datetime(2026, 11, 21, 0, 1))
    async with ringing_agenda(agenda, time, ends_after=1_000, ring_s=ring_s) as room:
        time.passed_s = 60.0
        await none_due(agenda.alarms)
    assert len(room.texts) == rings
    assert max(room.peaks) <= 0.951


async def test_snoozed_while_it_rings_it_is_silent_until_then(time: Time) -> None:
    agenda = with_alarms(time)
    agenda.alarms.add("alarm", datetime(2026, 11, 21, 0, 1))
    async with ringing_agenda(agenda, time, ends_after=1_000) as room:
        time.passed_s = 60.0
        await room.rang.wait()
        agenda.alarms.snooze(600.0)
        await asyncio.sleep(0.02)
        rang = len(room.texts)
        await asyncio.sleep(0.02)
        assert len(room.texts) == rang
        room.ends_after = 1
        time.passed_s += 700.0
        await none_due(agenda.alarms)
    assert agenda.alarms.all() == ()


async def test_missed_alarm_is_told_once(time: Time) -> None:
    agenda = with_alarms(time)
    agenda.alarms.add("reminder", datetime(2026, 11, 21, 7), purpose="to call mom")
    time.set_ahead = timedelta(hours=20)
    async with ringing_agenda(agenda, time, ends_after=1_000) as room:
        await none_due(agenda.alarms)
        await asyncio.sleep(0.02)
    assert room.texts == ["Your reminder for 7 AM today to call mom could not ring."]


async def test_unheard_alarm_rings_again_after_a_restart(tmp_path: Path, time: Time) -> None:
    path = tmp_path / "marvin.sqlite3"
    wall = WallClock(time._wall, UTC)
    agenda = Agenda(Store.load(path), time.clock(), wall)
    agenda.alarms.add("alarm", datetime(2026, 11, 21, 0, 1))
    time.passed_s = 60.0
    async with ringing_agenda(agenda, time, hears=False) as room:
        await room.rang.wait()  # The process ends before the ring has been heard.
    agenda.close()
    again = Agenda(Store.load(path), time.clock(), wall)
    async with ringing_agenda(again, time) as room:
        await none_due(again.alarms)
    assert room.texts == ["This is your alarm for 12:01 AM."]
    again.close()


async def test_trouble_with_the_file_is_told_once(tmp_path: Path, time: Time) -> None:
    path = tmp_path / "marvin.sqlite3"
    path.write_text("no database")
    agenda = Agenda(Store.load(path), time.clock())
    async with ringing_agenda(agenda, time) as room:
        await room.rang.wait()
        await asyncio.sleep(0.02)
    assert len(room.texts) == 1
    assert "was damaged" in room.texts[0]
    agenda.close()
