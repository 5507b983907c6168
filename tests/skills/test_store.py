"""Changes to the store between two starts, and who owns it."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marvin.errors import SkillError
from marvin.skills.store import database
from marvin.skills.store.writer_lock import WriterLock
from tests.skills.kept import load_timers, unattended_timers

DUE = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
GOOD = {"id": 1, "name": "tea", "duration_s": 60.0, "due": DUE, "paused_s": None, "purpose": None}
ENTRY = {"id": 1, "list": "shopping", "entry": "milk"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state" / "marvin.sqlite3"


def put(path: Path, *changes: Mapping[str, object]) -> None:
    """A file of valid timers, each slightly changed, and a list."""
    timers = [GOOD | {"id": at} | dict(change) for at, change in enumerate(changes, start=1)]
    database.write(path, {"timers": timers, "list_entries": [ENTRY]})


def broken(path: Path) -> Path:
    return path.with_name(f"{path.name}.broken")


def names(path: Path) -> list[object]:
    return [row["name"] for row in (database.read(path) or {})["timers"]]


@pytest.mark.parametrize(
    "content", [b"{", b"\xff\xfe" * 600, b" " * (17 << 20), b"SQLite format 3\0" + b"\7" * 5_000]
)
def test_damaged_file_is_kept_and_marvin_starts(
    path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(content)
    timers = load_timers(path)
    assert timers.all() == ()
    assert "was damaged" in timers.store.notice
    assert broken(path).read_bytes() == content
    assert "is damaged" in caplog.text
    timers.add(60, None, timers.clock())
    assert timers.store.durable
    timers.store.close()
    caplog.clear()
    assert len(load_timers(path).all()) == 1
    assert caplog.text == ""


@pytest.mark.parametrize(
    "change",
    [
        {"due": "9999-12-31T23:59:59-05:00"},
        {"due": "9999-01-01T00:00:00+00:00"},
        {"due": "0001-01-01T00:00:00+05:00"},
        {"due": "soon"},
        {"due": float("inf")},
        {"due": 1e300},
        {"duration_s": float("inf")},
        {"duration_s": None},
        {"duration_s": -60.0},
        {"duration_s": 0},
        {"duration_s": 1e9},
        {"due": None, "paused_s": -1.0},
        {"due": None, "paused_s": 1e300},
        {"name": 5},
        {"name": b"\xff"},
        {"name": "x" * 100_000},
    ],
    ids=lambda change: ascii(change)[:50],
)
def test_only_damaged_timers_are_lost(
    path: Path, change: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    put(path, {}, change, {"name": "rice"})
    timers = load_timers(path)
    assert [timer.name for timer in timers.all()] == ["tea", "rice"]
    assert "1 of its 3 timers" in caplog.text
    assert "tea" not in caplog.text
    assert len(names(broken(path))) == 3
    timers.store.close()
    assert names(path) == ["tea", "rice"]
    assert (database.read(path) or {})["list_entries"] == [ENTRY]


def test_overwritten_pages_cost_only_what_they_held(path: Path) -> None:
    put(path, *({"name": f"tea {at:0100}"} for at in range(200)))
    content = bytearray(path.read_bytes())
    content[-4096:] = b"\7" * 4096
    path.write_bytes(content)
    with pytest.raises(database.DamagedError) as raised:
        database.read(path)
    assert raised.value.rows["list_entries"] == [ENTRY]
    timers = load_timers(path)
    assert 0 < len(timers.all()) <= 50
    assert broken(path).read_bytes() == content
    assert (database.read(path) or {})["list_entries"] == [ENTRY]


def test_excess_timers_do_not_ring_for_ever(path: Path) -> None:
    put(path, *[{}] * 2_000)
    assert len(load_timers(path).all()) == 50
    assert broken(path).exists()


@pytest.mark.parametrize(
    "create",
    [Path.mkdir, os.mkfifo, lambda path: path.symlink_to(path)],
    ids=["folder", "FIFO", "loop"],
)
def test_special_file_in_its_place_is_moved_aside(
    path: Path, create: Callable[[Path], None]
) -> None:
    create(path)
    timers = load_timers(path)
    assert timers.all() == ()
    assert os.path.lexists(broken(path))
    timers.add(60, None, timers.clock())
    assert timers.store.durable
    assert path.is_file()


def test_file_of_a_newer_marvin_is_left_alone(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(path, {})
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {database.VERSION + 1}")
    before = path.read_bytes()
    timers = load_timers(path)
    assert "newer Marvin" in timers.store.notice
    assert "newer Marvin" in caplog.text
    timers.add(60, "egg", timers.clock())
    assert not timers.store.durable
    timers.store.close()
    reader = unattended_timers(path)
    with pytest.raises(SkillError, match="saved by a newer Marvin"):
        reader.all()
    assert path.read_bytes() == before


def test_file_deleted_or_overwritten_meanwhile_is_written_again(path: Path) -> None:
    put(path, {})
    timers = load_timers(path)
    path.unlink()
    timers.add(60, "egg", timers.clock())
    assert names(path) == ["tea", "egg"]
    path.write_bytes(b"no database" * 500)
    timers.add(60, "rice", timers.clock())
    assert timers.store.durable
    assert names(path) == ["tea", "egg", "rice"]
    assert (database.read(path) or {})["list_entries"] == [ENTRY]


def test_former_timers_are_taken_over_once(path: Path) -> None:
    former = path.with_name("timers.json")
    former.write_text(json.dumps([GOOD | {"id": 7}, {"name": "egg"}, GOOD | {"name": "rice"}]))
    looking = unattended_timers(path)
    assert [timer.name for timer in looking.all()] == ["tea", "rice"]
    assert former.exists()
    timers = load_timers(path)
    assert [timer.name for timer in timers.all()] == ["tea", "rice"]
    assert not former.exists()
    assert former.with_name("timers.json.imported").exists()
    timers.cancel(timers.all())
    timers.store.close()
    former.write_text(json.dumps([GOOD]))
    assert load_timers(path).all() == ()


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[1, 2]", b"[" * 100_000])
def test_damaged_former_timers_do_not_prevent_the_start(path: Path, content: bytes) -> None:
    former = path.with_name("timers.json")
    former.write_bytes(content)
    timers = load_timers(path)
    assert timers.all() == ()
    timers.add(60, None, timers.clock())
    assert former.with_name("timers.json.imported").read_bytes() == content


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
        with pytest.raises(SkillError, match=f"process {os.getpid()}.*cannot be reached"):
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
