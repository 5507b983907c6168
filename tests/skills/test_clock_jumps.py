"""Setting the system clock while timers run."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marvin.skills.skillset import local_time
from marvin.skills.store import database
from marvin.skills.timers import steady
from marvin.skills.timers.steady import SteadyClock
from marvin.skills.timers.timer_set import Timers
from tests.skills.kept import load_timers

JUMPS = (
    {"hours": 2},
    {"hours": -1},
    {"days": -40},
    {"days": 400},
    {"seconds": 90},
    {"seconds": -30},
    {"days": -20_000},
)


class World:
    """A machine: time passes, and its wall clock can be set."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 11, 21, 15, 20, tzinfo=UTC)
        self.since_boot_s = 50.0

    def pass_(self, **length: float) -> None:
        self.wall += timedelta(**length)
        self.since_boot_s += timedelta(**length).total_seconds()

    def set(self, jump: dict[str, int]) -> None:
        self.wall += timedelta(**jump)

    def load(self, path: Path) -> Timers:
        return load_timers(path, SteadyClock(lambda: self.since_boot_s, lambda: self.wall))


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_running_timer_rings_on_time_however_the_clock_is_set(
    jump: dict[str, int], tmp_path: Path
) -> None:
    world = World()
    timers = world.load(tmp_path / "marvin.sqlite3")
    tea = timers.add(600, "tea", timers.clock())
    world.set(jump)
    timers.follow_wall_clock()
    assert tea.left_s(timers.clock()) == 600
    world.pass_(seconds=599)
    timers.follow_wall_clock()
    assert timers.due(timers.clock()) == ()
    world.pass_(seconds=1)
    assert timers.due(timers.clock()) == (tea,)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_timer_file_follows_the_new_time(jump: dict[str, int], tmp_path: Path) -> None:
    world = World()
    path = tmp_path / "marvin.sqlite3"
    timers = world.load(path)
    timers.add(600, "tea", timers.clock())
    world.set(jump)
    timers.follow_wall_clock()
    timers.store.close()
    world.pass_(seconds=100)
    again = world.load(path)
    assert again.all()[0].left_s(again.clock()) == 500


@pytest.mark.parametrize("jump", JUMPS[:4], ids=str)
def test_timer_read_from_disk_follows_the_wall_clock(jump: dict[str, int], tmp_path: Path) -> None:
    """A board without a battery starts with an old time, and is corrected later."""
    world = World()
    path = tmp_path / "marvin.sqlite3"
    timers = world.load(path)
    timers.add(600, "tea", timers.clock())
    timers.store.close()
    right = world.wall
    world.set(jump)
    again = world.load(path)
    again.add(60, "egg", again.clock())
    world.wall = right
    again.follow_wall_clock()
    tea, egg = sorted(again.all(), key=lambda timer: timer.id)
    assert tea.left_s(again.clock()) == 600
    assert egg.left_s(again.clock()) == 60


def test_small_clock_corrections_do_not_write_to_disk(tmp_path: Path) -> None:
    world = World()
    path = tmp_path / "marvin.sqlite3"
    timers = world.load(path)
    timers.add(600, "tea", timers.clock())
    before = path.read_bytes()
    for _ in range(10):
        world.set({"milliseconds": 120})
        timers.follow_wall_clock()
    assert path.read_bytes() == before
    world.set({"seconds": 3})
    timers.follow_wall_clock()
    assert path.read_bytes() != before
    due = datetime.fromisoformat(str((database.read(path) or {})["timers"][0]["due"]))
    assert abs((due - world.wall).total_seconds() - 600) <= 1


def test_sleep_of_a_laptop_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "clock_gettime", lambda which: {steady._BOOT_CLOCK: 7.0}[which])
    assert steady.boot_s() == 7.0
    if hasattr(time, "CLOCK_BOOTTIME"):
        assert steady._BOOT_CLOCK == time.CLOCK_BOOTTIME


def test_change_of_time_zone_is_noticed_while_running(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        for zone, hours in (("UTC", 0), ("Asia/Tokyo", 9), ("America/Caracas", -4)):
            # As with /etc/localtime, the C library must be told to look again.
            monkeypatch.setenv("TZ", zone)
            assert local_time().utcoffset() == timedelta(hours=hours)
    finally:
        monkeypatch.undo()
        time.tzset()
