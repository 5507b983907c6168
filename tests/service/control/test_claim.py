"""One daemon per user, and what a dead one leaves behind."""

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from marvin.errors import ControlError
from marvin.service.control.claim import claimed
from marvin.service.control.socket_path import socket_path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def home(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a runtime folder."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(path.parent / "state"))
    return path.parent


def test_socket_is_accessible_only_to_its_user(path: Path) -> None:
    with claimed(path) as listening:
        assert (mode(path), mode(path.with_suffix(".lock"))) == (0o600, 0o600)
        assert listening.getsockname() == str(path)
    assert not path.exists()


def test_second_daemon_learns_which_process_is_the_first(path: Path) -> None:
    with claimed(path), pytest.raises(ControlError) as raised, claimed(path):
        pass
    text = str(raised.value)
    assert f"another Marvin (process {os.getpid()}) is already running" in text
    assert "systemctl --user stop marvin" in text
    assert f"kill {os.getpid()}" in text
    with claimed(path):
        assert path.exists(), "after the first has ended"


def test_second_daemon_leaves_the_socket_of_the_first_alone(path: Path) -> None:
    with claimed(path):
        with pytest.raises(ControlError), claimed(path):
            pass
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))


def test_leftovers_of_a_killed_daemon_are_replaced(path: Path) -> None:
    hold = "import sys, pathlib; from marvin.service.control.claim import claimed\n"
    hold += "with claimed(pathlib.Path(sys.argv[1])): print('has it', flush=True); input()"
    command = [sys.executable, "-c", hold, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"has it\n"
        with pytest.raises(ControlError, match=f"process {process.pid}"), claimed(path):
            pass
        process.send_signal(signal.SIGKILL)
    assert path.is_socket()
    with claimed(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_lock_without_a_readable_process_id_still_holds(path: Path) -> None:
    with claimed(path):
        path.with_suffix(".lock").write_text("\0nonsense")
        with pytest.raises(ControlError, match="another Marvin is already") as raised:
            claimed(path).__enter__()
    assert "nonsense" not in str(raised.value)


def test_unusable_folder_is_named_with_advice(path: Path) -> None:
    path.write_text("a file, where a folder should be")
    with pytest.raises(ControlError, match="set XDG_RUNTIME_DIR") as raised:
        claimed(path / "marvin.sock").__enter__()
    assert str(path) in str(raised.value)


def test_path_that_is_too_long_for_a_socket_is_refused(path: Path) -> None:
    long = path.parent / ("x" * 100) / "marvin.sock"
    with pytest.raises(ControlError, match="with a short path"):
        claimed(long).__enter__()
    long.parent.chmod(0o700)
    with pytest.raises(ControlError, match="with a short path"):
        claimed(long).__enter__()  # The lock of the first attempt was released.


def test_socket_is_in_the_runtime_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))
    assert socket_path() == home / "marvin.sock"


@pytest.mark.parametrize("loose", [0o770, 0o777, 0o1777])
def test_runtime_folder_writable_by_others_is_not_used(
    home: Path, monkeypatch: pytest.MonkeyPatch, loose: int
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))
    home.chmod(loose)
    assert socket_path().parent != home


@pytest.mark.parametrize("given", ["", "relative", "/nonexistent/folder"])
def test_without_a_runtime_folder_a_private_one_is_used(
    home: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", given)
    monkeypatch.setattr(os, "getuid", lambda: os.stat(home).st_uid)
    found = socket_path().parent
    assert found in {home / "state" / "marvin", Path(f"/run/user/{os.getuid()}")}


def test_marvin_s_own_folder_is_made_private(home: Path) -> None:
    folder = home / "state" / "marvin"
    folder.mkdir(parents=True, mode=0o755)
    with claimed(folder / "marvin.sock"):
        assert mode(folder) == 0o700
