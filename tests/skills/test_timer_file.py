"""Changes to timers.json between two starts, and who owns it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marvin.errors import SkillError
from marvin.skills.timers.timer_file import TimerFile
from marvin.skills.timers.timer_set import Timers

DUE = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
GOOD = {"id": 1, "name": "tea", "duration_s": 60.0, "due": DUE, "paused_s": None}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state" / "timers.json"


def entries(*changes: dict[str, object]) -> bytes:
    """A file of valid timers, each slightly changed."""
    return json.dumps([GOOD | change for change in changes]).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"{}",
        b"[1, 2]",
        b'[{"id": 1}]',
        b"[" * 100_000,
        b'[{"id": ' + b"[" * 100_000,
        b"[" + b"9" * 5_000 + b"]",
        b'[{"duration_s": ' + b"9" * 5_000 + b"}]",
        b" " * (1 << 20) + b"[]",
        entries({"due": "9999-12-31T23:59:59-05:00"}),
        entries({"due": "9999-01-01T00:00:00+00:00"}),
        entries({"due": "0001-01-01T00:00:00+05:00"}),
        entries({"due": "soon"}),
        entries({"due": float("inf")}),
        entries({"due": 1e300}),
        entries({"duration_s": float("inf")}),
        entries({"duration_s": float("nan")}),
        entries({"duration_s": -60.0}),
        entries({"duration_s": 0}),
        entries({"duration_s": 1e9}),
        entries({"due": None, "paused_s": float("nan")}),
        entries({"due": None, "paused_s": -1.0}),
        entries({"due": None, "paused_s": 1e300}),
        entries({"name": 5}),
        entries({"name": "\ud800"}),
        entries({"name": "x" * 100_000}),
    ],
    ids=lambda content: ascii(content[:60].decode(errors="replace")),
)
def test_damaged_file_is_backed_up_and_marvin_starts(
    path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(content)
    timers = Timers.load(path)
    assert timers.all() == ()
    assert path.with_name("timers.json.broken").read_bytes() == content
    assert "is damaged" in caplog.text
    timers.add(60, None, timers.clock())
    assert timers.durable
    timers.close()
    caplog.clear()
    assert len(Timers.load(path).all()) == 1
    assert caplog.text == ""


def test_only_damaged_entries_are_lost(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_bytes(
        entries(
            {}, {"name": "egg", "duration_s": float("nan")}, {"name": "rice", "due": "soon"}, {}
        )
    )
    timers = Timers.load(path)
    assert [timer.name for timer in timers.all()] == ["tea", "tea"]
    assert "2 of its 4 timers" in caplog.text
    assert b"rice" in path.with_name("timers.json.broken").read_bytes()
    timers.close()
    assert [timer.name for timer in Timers.load(path).all()] == ["tea", "tea"]


@pytest.mark.parametrize("ids", [(1, 1, 1), (10**30, -4, 0), ("7", None, [1]), (3, 2, 1)])
def test_timers_with_invalid_or_equal_ids_become_separate_timers(
    path: Path, ids: tuple[object, ...]
) -> None:
    path.write_bytes(entries(*({"id": id_, "name": f"t{at}"} for at, id_ in enumerate(ids))))
    timers = Timers.load(path)
    assert [timer.name for timer in sorted(timers.all(), key=lambda timer: timer.id)] == [
        "t0",
        "t1",
        "t2",
    ]
    timers.cancel(timers.all()[:1])
    assert len(timers.all()) == 2
    assert timers.add(60, None, timers.clock()).id == 4


def test_excess_timers_do_not_ring_for_ever(path: Path) -> None:
    path.write_bytes(entries(*[{}] * 2_000))
    assert len(Timers.load(path).all()) == 50
    assert path.with_name("timers.json.broken").exists()


@pytest.mark.parametrize(
    "put",
    [Path.mkdir, os.mkfifo, lambda path: path.symlink_to(path)],
    ids=["folder", "FIFO", "loop"],
)
def test_special_file_in_its_place_is_moved_aside(path: Path, put: Callable[[Path], None]) -> None:
    put(path)
    timers = Timers.load(path)
    assert timers.all() == ()
    assert os.path.lexists(path.with_name("timers.json.broken"))
    timers.add(60, None, timers.clock())
    assert timers.durable
    assert path.is_file()


def test_second_marvin_leaves_the_timers_of_the_first_alone(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = Timers.load(path)
    first.add(600, "tea", first.clock())
    before = path.read_bytes()
    second = Timers.load(path)
    assert "belong to another Marvin" in caplog.text
    assert f"process {os.getpid()}" in caplog.text
    assert second.all() == ()
    second.add(60, "egg", second.clock())
    second.cancel(second.all())
    assert not second.durable
    assert path.read_bytes() == before
    second.close()
    first.add(60, "rice", first.clock())
    assert len(json.loads(path.read_bytes())) == 2


def test_killed_marvin_leaves_its_timers_to_the_next(path: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from marvin.skills.timers.timer_file import TimerFile
from marvin.skills.timers.timer_set import Timers
timers = Timers.load(Path(sys.argv[1]))
timers.add(600.0, "tea", timers.clock())
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code, str(path)], timeout=300, check=False)
    timers = Timers.load(path)
    assert [timer.name for timer in timers.all()] == ["tea"]
    assert timers.durable


def test_without_a_running_marvin_no_timer_is_started(path: Path) -> None:
    path.write_bytes(entries({}, {"name": "egg", "due": None, "paused_s": 20.0}))
    before = path.read_bytes()
    timers = Timers.unattended(path)
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
    path.write_bytes(entries({}, {"name": "egg"}))
    timers = Timers.unattended(path)
    tea, egg = timers.all()
    timers.cancel([tea])
    timers.pause([egg], timers.clock())
    after = Timers.load(path)
    assert [(timer.name, timer.running) for timer in after.all()] == [("egg", False)]
    assert after.durable


def test_damaged_file_is_kept_when_a_timer_is_cancelled_without_a_marvin(path: Path) -> None:
    path.write_bytes(entries({}, {"name": "egg", "due": "soon"}))
    timers = Timers.unattended(path)
    assert not path.with_name("timers.json.broken").exists()
    timers.cancel(timers.all())
    assert b"egg" in path.with_name("timers.json.broken").read_bytes()
    assert Timers.load(path).all() == ()


def test_timers_of_an_unreachable_marvin_are_not_touched(path: Path) -> None:
    daemon = Timers.load(path)
    daemon.add(600, "tea", daemon.clock())
    before = path.read_bytes()
    changes: tuple[Callable[[Timers], object], ...] = (
        lambda timers: timers.cancel(timers.all()),
        lambda timers: timers.pause(timers.all(), timers.clock()),
        lambda timers: timers.extend(timers.all()[0], 60),
        lambda timers: timers.add(60, None, timers.clock()),
    )
    for change in changes:
        timers = Timers.unattended(path)
        assert [timer.name for timer in timers.all()] == ["tea"]
        with pytest.raises(SkillError, match=f"process {os.getpid()}.*cannot be reached"):
            change(timers)
    assert path.read_bytes() == before


def test_unwritable_file_is_reported_instead_of_a_cancelled_timer(
    tmp_path: Path,
) -> None:
    path = tmp_path / "gone" / "timers.json"
    path.parent.mkdir()
    path.write_bytes(entries({}))
    timers = Timers.unattended(path)
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("")
    with pytest.raises(SkillError, match="The timers cannot be changed: File exists"):
        timers.cancel(timers.all())


def test_deleted_lock_lets_no_other_process_in(tmp_path: Path) -> None:
    ours, theirs = TimerFile(tmp_path / "timers.json"), TimerFile(tmp_path / "timers.json")
    assert ours.claim() is None
    for gone in ("timers.lock", "timers.json"):
        (tmp_path / gone).unlink(missing_ok=True)
        ours.write([])
        assert theirs.claim() == f"process {os.getpid()}"
    (tmp_path / "timers.lock").unlink()
    assert theirs.claim() is None, "before we write again"
    with pytest.raises(OSError, match="another Marvin"):
        ours.write([])
    theirs.release()
