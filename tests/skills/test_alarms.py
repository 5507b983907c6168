"""Alarms on the wall clock: daylight saving time, travel, clock changes, restarts."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from marvin.errors import SkillError
from marvin.skills.alarms.alarm import Alarm, announcement, label, missed
from marvin.skills.alarms.alarm_set import Alarms
from marvin.skills.alarms.wall_clock import WallClock
from marvin.skills.store.store import Store

NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")


class World:
    """A machine whose clock and time zone can be set."""

    def __init__(self, now: str, zone: tzinfo) -> None:
        """`now` is local."""
        self.zone = zone
        self.now = datetime.fromisoformat(now).replace(tzinfo=zone).astimezone(UTC)

    def wall(self) -> WallClock:
        return WallClock(lambda: self.now, self.zone)

    def alarms(self, path: Path | None = None) -> Alarms:
        return Alarms(Store.load(path) if path else None, self.wall())

    def until(self, alarms: Alarms, minutes: int) -> list[str]:
        """The local times at which something rings, stopped at once, minute by minute."""
        rang = []
        for _ in range(minutes):
            self.now += timedelta(minutes=1)
            alarms.follow_wall_clock()
            if due := alarms.due():
                rang.append(f"{self.now.astimezone(self.zone):%d %H:%M}")
                alarms.end(due)
        return rang


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "eve"), [(NEW_YORK, "2026-03-07"), (BERLIN, "2026-03-28")], ids=str
)
def test_spring_forward(zone: tzinfo, eve: str) -> None:
    world = World(f"{eve}T20:00", zone)
    alarms = world.alarms()
    morning = at(eve) + timedelta(days=1, hours=7)
    alarms.add("alarm", morning, weekdays=tuple(range(7)))
    alarms.add("alarm", morning.replace(hour=2, minute=30))
    day = f"{morning:%d}"
    # 2:30 does not exist: it rings once, an hour later. 7:00 is 7:00.
    assert world.until(alarms, 60 * 14) == [f"{day} 03:30", f"{day} 07:00"]


@pytest.mark.parametrize(
    ("zone", "eve"), [(NEW_YORK, "2026-10-31"), (BERLIN, "2026-10-24")], ids=str
)
@pytest.mark.parametrize("hour", [1, 2, 7])
def test_fall_back_rings_once(zone: tzinfo, eve: str, hour: int) -> None:
    world = World(f"{eve}T20:00", zone)
    alarms = world.alarms()
    due = at(eve) + timedelta(days=1, hours=hour, minutes=30)
    alarms.add("alarm", due, weekdays=tuple(range(7)))
    assert world.until(alarms, 60 * 24) == [f"{due:%d %H:%M}"]


def test_weekday_alarm_keeps_its_wall_time_all_year() -> None:
    world = World("2026-01-01T12:00", BERLIN)
    alarms = world.alarms()
    alarms.add("alarm", at("2026-01-02T07:00"), weekdays=(0, 1, 2, 3, 4))
    days = 0
    while world.now.year < 2027:
        due = alarms.next_due()
        assert due is not None
        world.now = due
        local = due.astimezone(BERLIN)
        assert (local.hour, local.minute, local.weekday() < 5) == (7, 0, True)
        alarms.end(alarms.due())
        days += 1
    assert days == 261


def test_an_alarm_travels_and_a_wait_does_not() -> None:
    world = World("2026-06-01T22:00", BERLIN)
    alarms = world.alarms()
    alarms.add("alarm", at("2026-06-02T07:00"))
    alarms.add("alarm", at("2026-06-02T06:00"), wait_s=8 * 3600.0)
    world.zone = NEW_YORK
    moved = Alarms(None, world.wall())
    moved._items = dict(alarms._items)
    # Eight hours later it is midnight in New York; 7:00 is 7:00 there.
    assert world.until(moved, 60 * 16) == ["02 00:00", "02 07:00"]


@pytest.mark.parametrize(("late", "rings"), [(5, True), (10, True), (11, False), (600, False)])
def test_clock_that_jumps_over_an_alarm(late: int, rings: bool) -> None:
    world = World("2026-06-01T06:00", BERLIN)
    alarms = world.alarms()
    alarms.add("alarm", at("2026-06-01T07:00"), weekdays=tuple(range(7)))
    alarms.add("reminder", at("2026-06-01T07:00"), purpose="to call mom")
    world.now += timedelta(minutes=60 + late)
    assert len(alarms.due()) == (2 if rings else 0)
    assert len(alarms.missed()) == (0 if rings else 2)
    if not rings:
        assert missed(alarms.missed(), alarms.clock, "12h") == (
            "Your alarm for 7 AM today could not ring. "
            "Your reminder for 7 AM today to call mom could not ring."
        )
        alarms.end(alarms.missed(), rang=False)
        assert [one.due for one in alarms.all()] == [at("2026-06-02T07:00")]
        assert alarms.just_rang() == ()


def test_clock_set_back_repeats_only_what_is_far_ahead() -> None:
    world = World("2026-06-10T06:59", BERLIN)
    alarms = world.alarms()
    alarms.add("alarm", at("2026-06-10T07:00"), weekdays=tuple(range(7)))
    assert world.until(alarms, 2) == ["10 07:00"]
    world.now -= timedelta(minutes=2)  # A correction: it has rung.
    assert world.until(alarms, 5) == []
    world.now -= timedelta(days=3)  # It was three days ahead.
    assert world.until(alarms, 60 * 24) == ["08 07:00"]


def test_alarms_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "marvin.sqlite3"
    world = World("2026-06-01T22:00", BERLIN)
    before = world.alarms(path)
    before.add("alarm", at("2026-06-02T07:00"), weekdays=(0, 1))
    before.add("reminder", at("2026-06-02T09:00"), purpose="to call mom", wait_s=60.0)
    before.store.close()
    after = world.alarms(path)
    assert after.all() == before.all()
    world.now = after.all()[1].rings(after.clock)
    after.snooze(600.0)
    after.store.close()
    again = world.alarms(path)
    assert [one.instant for one in again.all() if one.weekdays] == [
        world.now + timedelta(minutes=10)
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"due": "soon"},
        {"due": "2026-06-01T07:00:00+00:00"},
        {"due": "9999-12-31T23:59:59"},
        {"due": None},
        {"instant": "2026-06-01T07:00:00"},
        {"weekdays": "7"},
        {"weekdays": "monday"},
        {"kind": "bell"},
        {"purpose": 5},
        {"purpose": "x" * 600},
    ],
    ids=str,
)
def test_only_damaged_alarms_are_lost(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "marvin.sqlite3"
    world = World("2026-06-01T22:00", BERLIN)
    before = world.alarms(path)
    for _ in range(2):
        before.add("alarm", at("2026-06-02T07:00"))
    before.store.close()
    ((column, value),) = change.items()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE alarms SET {column} = ? WHERE id = 1", (value,))
    after = world.alarms(path)
    assert [one.due for one in after.all()] == [at("2026-06-02T07:00")]
    assert "was damaged" in after.store.notice
    after.store.close()
    assert world.alarms(path).store.notice == ""


def test_snoozed_alarm_rings_again_and_still_repeats() -> None:
    world = World("2026-06-01T06:59", BERLIN)
    alarms = world.alarms()
    alarms.add("alarm", at("2026-06-01T07:00"), weekdays=tuple(range(7)))
    alarms.add("alarm", at("2026-06-01T07:00"), purpose="to run")
    assert world.until(alarms, 2) == ["01 07:00"]
    assert len(alarms.snooze(600.0)) == 2
    assert world.until(alarms, 20) == ["01 07:11"]
    assert [one.due for one in alarms.all()] == [at("2026-06-02T07:00")]
    world.now += timedelta(minutes=6)
    assert alarms.just_rang() == ()


def test_alarm_changed_while_it_rings_is_not_over() -> None:
    world = World("2026-06-01T07:00", BERLIN)
    alarms = world.alarms()
    alarms.add("alarm", at("2026-06-01T07:00"))
    ringing = alarms.due()
    alarms.snooze(600.0)
    alarms.end(ringing)
    assert world.until(alarms, 15) == ["01 07:10"]


def test_without_a_running_marvin_no_alarm_is_set(tmp_path: Path) -> None:
    alarms = Alarms(Store.unattended(tmp_path / "marvin.sqlite3"))
    with pytest.raises(SkillError, match="nothing would ring"):
        alarms.add("alarm", at("2026-06-01T07:00"))


def _alarm(due: str, **more: object) -> Alarm:
    return Alarm(1, "alarm", at(due), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alarm", "text"),
    [
        (_alarm("2026-06-01T19:00"), "7 PM today"),
        (_alarm("2026-06-02T07:30"), "7:30 AM tomorrow"),
        (_alarm("2026-06-02T00:00"), "midnight tomorrow"),
        (_alarm("2026-06-05T12:00"), "noon on Friday"),
        (_alarm("2026-06-08T07:00"), "7 AM on 8 June"),
        (_alarm("2027-06-08T07:00"), "7 AM on 8 June 2027"),
        (_alarm("2026-06-02T07:00", weekdays=(0, 1, 2, 3, 4)), "7 AM on weekdays"),
        (_alarm("2026-06-02T07:00", weekdays=(0, 3)), "7 AM every Monday and Thursday"),
    ],
    ids=str,
)
def test_names_of_alarms(alarm: Alarm, text: str) -> None:
    assert label(alarm, World("2026-06-01T12:00", BERLIN).wall(), "12h") == text


def test_alarms_of_one_second_are_one_text() -> None:
    alarms: Sequence[Alarm] = (
        _alarm("2026-06-01T07:00"),
        _alarm("2026-06-01T07:00", purpose="to call mom"),
        Alarm(3, "reminder", at("2026-06-01T07:00"), purpose="about the meeting"),
    )
    assert announcement(alarms, "12h") == (
        "This is your alarm for 7 AM. It is time to call mom. "
        "I should remind you about the meeting."
    )
    assert announcement(alarms[:1], "24h") == "This is your alarm for 07:00."
