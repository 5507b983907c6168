"""Changes to the store between two starts, and who owns it."""

import json
import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marvin.errors import SkillError
from marvin.skills.store import database
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
