"""The timer store: due times, disk, threads."""

import logging
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from marvin.skills.store import database
from marvin.skills.timers.timer import Timer, announcement
from marvin.skills.timers.timer_set import Timers
from tests.skills.kept import load_timers

from .conftest import Clock


def ring(timers: Timers, now: datetime) -> tuple[Timer, ...]:
    """Remove timers that have ended, as the assistant does."""
    due = timers.due(now)
    timers.cancel(due)
    return due


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "marvin.sqlite3"


def test_timer_rings_once_when_due(path: Path, clock: Clock) -> None:
    timers = load_timers(path)
    tea = timers.add(180, "tea", clock())
    egg = timers.add(60, "egg", clock())
    assert timers.next_due() == clock() + timedelta(seconds=60)
    assert ring(timers, clock()) == ()
    clock.pass_(seconds=60)
    assert ring(timers, clock()) == (egg,)
    assert timers.all() == (tea,)
    clock.pass_(seconds=500)
    assert ring(timers, clock()) == (tea,)
    assert ring(timers, clock()) == ()
    assert timers.next_due() is None


def test_first_to_end_is_announced_first(path: Path, clock: Clock) -> None:
    timers = load_timers(path)
    late, early = timers.add(20, None, clock()), timers.add(10, None, clock())
    clock.pass_(minutes=1)
    assert ring(timers, clock()) == (early, late)


def test_paused_timer_waits(path: Path, clock: Clock) -> None:
    timers = load_timers(path)
    timers.add(60, None, clock())
    clock.pass_(seconds=20)
    timers.pause(timers.all(), clock())
    clock.pass_(hours=2)
    assert timers.next_due() is None
    assert ring(timers, clock()) == ()
    assert timers.all()[0].left_s(clock()) == 40
    timers.resume(timers.all(), clock())
    assert timers.next_due() == clock() + timedelta(seconds=40)


def test_timers_survive_a_restart(path: Path, clock: Clock) -> None:
    before = load_timers(path)
    before.add(60, "tea", clock())
    before.add(600, None, clock())
    before.pause(before.all()[1:], clock())
    before.store.close()
    after = load_timers(path)
    assert after.all() == before.all()
    assert after.add(5, None, clock()).id == 3
    assert sorted(file.name for file in path.parent.iterdir()) == ["marvin.sqlite3", "timers.lock"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in path.parent.iterdir())


def test_timer_that_ended_while_marvin_was_off_is_announced_late(path: Path, clock: Clock) -> None:
    before = load_timers(path, clock.steady())
    before.add(300, None, clock())
    before.store.close()
    clock.pass_(minutes=8, seconds=4)
    timers = load_timers(path, clock.steady())
    (timer,) = ring(timers, clock())
    assert announcement(timer, clock()) == (
        "Your 5 minute timer ended 3 minutes ago, while I was off."
    )


def test_punctual_timer_is_announced_by_name(clock: Clock) -> None:
    assert announcement(Timer(1, "pasta", 60, clock()), clock()) == "Your pasta timer is done."
    assert announcement(Timer(1, None, 5400, clock()), clock()) == (
        "Your 1 hour 30 minute timer is done."
    )
    long_ago = clock() - timedelta(days=40)
    assert announcement(Timer(1, "tea", 60, long_ago), clock()) == (
        "Your tea timer ended while I was off."
    )


def test_unwritable_folder_is_reported_once(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    timers = load_timers(tmp_path / "file" / "marvin.sqlite3")
    timers.add(60, "tea", clock())
    timers.add(60, "egg", clock())
    assert not timers.store.durable
    assert len(timers.all()) == 2
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert sum("will not survive" in record.getMessage() for record in warnings) == 1
    assert "tea" not in caplog.text


def test_file_is_complete_at_any_time(path: Path, clock: Clock) -> None:
    timers = load_timers(path)
    seen: list[int] = []
    timers.on_change(lambda: seen.append(len((database.read(path) or {})["timers"])))
    for _ in range(5):
        timers.add(60, None, clock())
    timers.cancel(timers.all()[:2])
    assert seen == [1, 2, 3, 4, 5, 3]


def test_listener_is_told_of_each_change(path: Path, clock: Clock) -> None:
    timers = load_timers(path)
    changes: list[int] = []
    timers.on_change(lambda: changes.append(len(timers.all())))
    timer = timers.add(60, None, clock())
    timers.extend(timer, 30)
    timers.pause(timers.all(), clock())
    timers.pause(timers.all(), clock())
    timers.resume(timers.all(), clock())
    timers.cancel(timers.all())
    timers.cancel((timer,))
    assert changes == [1, 1, 1, 1, 0]


def test_many_threads_at_once(path: Path, clock: Clock) -> None:
    timers = Timers()

    def work() -> None:
        for _ in range(50):
            timer = timers.add(60, None, clock())
            timers.pause((timer,), clock())
            timers.cancel((timer,))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        ring(timers, clock())
        timers.next_due()
    assert timers.all() == ()
    assert timers.add(60, None, clock()).id == 401


def test_timer_cancelled_meanwhile_stays_cancelled(path: Path, clock: Clock) -> None:
    timers = Timers()
    timer = timers.add(60, None, clock())
    timers.cancel((timer,))
    timers.extend(timer, 60)
    timers.resume((timer,), clock())
    assert timers.all() == ()
