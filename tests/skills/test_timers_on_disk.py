"""Timers on a failing disk and in a killed process, each in a separate process."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from marvin.skills.timers.timer_set import Timers

_BEGIN = """
import json, os, resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from marvin.skills.timers.timer_set import Timers
path = Path(sys.argv[1])
timers = Timers.load(path)
def add(name):
    timers.add(600.0, name, datetime.now(UTC))
    print(name, timers.durable, len(timers.all()))
add("tea")
"""

_HALF = """
def half(content, file, **more):
    file.write(json.dumps([{"id": 1, "name": "half of"}])[:20])
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
json.dump = half
add("egg")
"""
_UNSYNCED = """
os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)
add("egg")
"""
_UNNAMED = """
Path.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
add("egg")
"""


def run(code: str, path: Path) -> "subprocess.CompletedProcess[str]":
    arguments = [sys.executable, "-c", _BEGIN + code, str(path)]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def path() -> Iterator[Path]:
    """A folder that another user can reach too."""
    with tempfile.TemporaryDirectory(prefix="marvin-") as name:
        os.chmod(name, 0o755)
        yield Path(name) / "marvin" / "timers.json"


@pytest.mark.parametrize("code", [_HALF, _UNSYNCED, _UNNAMED], ids=["half", "unsynced", "unnamed"])
def test_kill_during_a_write_keeps_earlier_timers(code: str, path: Path) -> None:
    assert run(code, path).returncode == -signal.SIGKILL
    assert path.with_name("timers.json.tmp").exists()
    again = run("add('milk')", path)
    assert again.stderr == ""
    assert [timer.name for timer in Timers.load(path).all()] == ["tea", "tea", "milk"]
    assert not path.with_name("timers.json.broken").exists()


def test_on_a_full_disk_timers_run_and_the_file_survives(path: Path) -> None:
    done = run(
        """
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
add("egg")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
before = path.read_text()
add("milk")
print(len(json.loads(before)))
""",
        path,
    )
    # Once there is room again, everything is on disk.
    assert done.stdout.splitlines() == ["tea True 1", "egg False 2", "milk True 3", "1"]
    assert "timers will not survive a restart" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(Timers.load(path).all()) == 3


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
    assert len(json.loads(path.read_text())) == 1
