"""Timers on a failing disk and in a killed process, each in a separate process."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from marvin.skills.store import database
from tests.skills.kept import load_timers

_BEGIN = """
import os, resource, signal, sqlite3, sys
from datetime import UTC, datetime
from pathlib import Path
from marvin.skills.store import database
from tests.skills.kept import load_timers
path = Path(sys.argv[1])
timers = load_timers(path)
def add(name):
    timers.add(600.0, name, datetime.now(UTC))
    print(name, timers.store.durable, len(timers.all()))
add("tea")
"""

_HALF = """
# SQLite calls this after every few instructions: in the middle of the transaction.
connect = sqlite3.connect
calls = 0
def kill():
    global calls
    calls += 1
    if calls == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
def connected(*arguments, **options):
    connection = connect(*arguments, **options)
    connection.set_progress_handler(kill, 1)
    return connection
sqlite3.connect = connected
add("egg")
print("was not killed")
"""


def run(code: str, path: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    arguments = [sys.executable, "-c", _BEGIN + code, str(path), *more]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=300, check=False)


def names(path: Path) -> list[object]:
    return [row["name"] for row in (database.read(path) or {})["timers"]]


@pytest.fixture
def path() -> Iterator[Path]:
    """A folder that another user can reach too."""
    with tempfile.TemporaryDirectory(prefix="marvin-") as name:
        os.chmod(name, 0o755)
        yield Path(name) / "marvin" / "marvin.sqlite3"


@pytest.mark.parametrize("at", [5, 30, 55, 80])
def test_kill_during_a_write_keeps_earlier_timers(at: int, path: Path) -> None:
    killed = run(_HALF, path, str(at))
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "tea True 1\n")
    again = run("add('milk')", path)
    assert again.stderr == ""
    assert names(path) == ["tea", "tea", "milk"]
    assert not path.with_name("marvin.sqlite3.broken").exists()


def test_on_a_full_disk_timers_run_and_the_file_survives(path: Path) -> None:
    done = run(
        """
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
add("egg")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(len(database.read(path)["timers"]))
add("milk")
""",
        path,
    )
    # Once there is room again, everything is on disk.
    assert done.stdout.splitlines() == ["tea True 1", "egg False 2", "1", "milk True 3"]
    assert "will not survive a restart" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(load_timers(path).all()) == 3


def test_full_database_is_reported_as_a_full_disk(path: Path) -> None:
    done = run(
        """
connect = sqlite3.connect
def connected(*arguments, **options):
    connection = connect(*arguments, **options)
    connection.execute("PRAGMA max_page_count = 1")
    return connection
sqlite3.connect = connected
add("egg" * 5_000)
print(timers.store.full, timers.store.unsaved("timers"))
""",
        path,
    )
    assert done.stdout.splitlines()[-1] == (
        "True  I cannot save timers because the disk is full, so a restart would lose them."
    )
    assert names(path) == ["tea"]


def test_in_a_read_only_folder_timers_still_run(path: Path) -> None:
    done = run(
        """
path.parent.chmod(0o555)
if os.geteuid() == 0:
    # Root may write everywhere.
    os.seteuid(65534)
add("egg")
""",
        path,
    )
    path.parent.chmod(0o755)
    assert done.stdout.splitlines() == ["tea True 1", "egg False 2"]
    assert "Permission denied" in done.stderr
    assert "Traceback" not in done.stderr
    assert names(path) == ["tea"]
