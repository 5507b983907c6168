"""Who owns the store: one running Marvin, or one command at a time."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from marvin.errors import SkillError
from marvin.skills.agenda import Agenda
from marvin.skills.store.writer_lock import WriterLock
from tests.skills.kept import load_timers, unattended_timers

from .test_store import broken, names, path, put

__all__ = ["path"]


def test_second_marvin_leaves_the_timers_of_the_first_alone(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = load_timers(path)
    first.add(600, "tea", first.clock())
    before = path.read_bytes()
    second = load_timers(path)
    assert "belong to another Marvin" in caplog.text
    assert f"process {os.getpid()}" in caplog.text
    assert second.all() == ()
    second.add(60, "egg", second.clock())
    second.cancel(second.all())
    assert not second.store.durable
    assert path.read_bytes() == before
    second.store.close()
    first.add(60, "rice", first.clock())
    assert names(path) == ["tea", "rice"]


def test_killed_marvin_leaves_its_timers_to_the_next(path: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from tests.skills.kept import load_timers
timers = load_timers(Path(sys.argv[1]))
timers.add(600.0, "tea", timers.clock())
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code, str(path)], timeout=300, check=False)
    timers = load_timers(path)
    assert [timer.name for timer in timers.all()] == ["tea"]
    assert timers.store.durable


def test_without_a_running_marvin_no_timer_is_started(path: Path) -> None:
    put(path, {}, {"name": "egg", "due": None, "paused_s": 20.0})
    before = path.read_bytes()
    timers = unattended_timers(path)
    tea, egg = timers.all()
    now = timers.clock()
    starts: tuple[Callable[[], object], ...] = (
        lambda: timers.add(60, None, now),
        lambda: timers.resume([egg], now),
        lambda: timers.extend(tea, 60),
    )
    for start in starts:
        with pytest.raises(SkillError, match="Marvin is not running, so nothing would ring: start"):
            start()
    assert path.read_bytes() == before


def test_timers_cancelled_or_paused_without_a_marvin_stay_so(path: Path) -> None:
    put(path, {}, {"name": "egg"})
    timers = unattended_timers(path)
    tea, egg = timers.all()
    timers.cancel([tea])
    timers.pause([egg], timers.clock())
    after = load_timers(path)
    assert [(timer.name, timer.running) for timer in after.all()] == [("egg", False)]
    assert after.store.durable


def test_damaged_file_is_kept_when_a_timer_is_cancelled_without_a_marvin(path: Path) -> None:
    put(path, {}, {"name": "egg", "due": "soon"})
    timers = unattended_timers(path)
    assert not broken(path).exists()
    timers.cancel(timers.all())
    assert names(broken(path)) == ["tea", "egg"]
    assert load_timers(path).all() == ()


def test_timers_of_an_unreachable_marvin_are_not_touched(path: Path) -> None:
    daemon = load_timers(path)
    daemon.add(600, "tea", daemon.clock())
    before = path.read_bytes()
    changes: tuple[Callable[[], object], ...] = (
        lambda: unattended_timers(path).cancel(daemon.all()),
        lambda: unattended_timers(path).pause(daemon.all(), daemon.clock()),
        lambda: unattended_timers(path).extend(daemon.all()[0], 60),
        lambda: unattended_timers(path).add(60, None, daemon.clock()),
    )
    assert [timer.name for timer in unattended_timers(path).all()] == ["tea"]
    for change in changes:
        with pytest.raises(SkillError, match=f"is running .process {os.getpid()}"):
            change()
    assert path.read_bytes() == before


def test_unwritable_file_is_reported_instead_of_a_cancelled_timer(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "marvin.sqlite3"
    path.parent.mkdir()
    put(path, {})
    timers = unattended_timers(path)
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("")
    with pytest.raises(SkillError, match="The change cannot be saved: File exists"):
        timers.cancel(timers.all())


def test_deleted_lock_lets_no_other_process_in(tmp_path: Path) -> None:
    ours, theirs = (WriterLock(tmp_path / "timers.lock") for _ in range(2))
    assert ours.claim() is None
    ours.path.unlink()
    ours.keep()
    assert theirs.claim() == f"process {os.getpid()}"
    ours.path.unlink()
    assert theirs.claim() is None, "before we write again"
    with pytest.raises(OSError, match="another Marvin"):
        ours.keep()
    theirs.release()


def test_two_commands_see_each_others_changes(path: Path) -> None:
    one, other = Agenda.unattended(path.parent), Agenda.unattended(path.parent)
    one.lists.add("shopping", ["milk"])
    other.refresh()
    other.lists.add("shopping", ["bread"])
    with pytest.raises(SkillError, match="changed elsewhere"):
        one.lists.add("shopping", ["tea"])
    one.refresh()
    one.lists.add("shopping", ["tea"])
    other.refresh()
    assert other.lists.entries("shopping") == ["milk", "bread", "tea"]


def test_refused_change_is_not_kept(path: Path) -> None:
    owner, command = Agenda.load(path.parent), Agenda.unattended(path.parent)
    with pytest.raises(SkillError, match="only that one can change them"):
        command.lists.add("shopping", ["butter"])
    command.refresh()
    assert command.lists.names() == []
    owner.close()
