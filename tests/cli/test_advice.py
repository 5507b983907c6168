"""Errors of the system become one line that says what to do, not a traceback."""

import errno
import os
import pwd
import threading
from pathlib import Path

import pytest

from marvin.cli.main import main
from marvin.errors import ConfigError, advice
from tests.paths import SAMPLES

SAMPLE = SAMPLES / "what_time_is_it.wav"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user unknown to the system, as in a container."""

    def unknown(user: int) -> None:
        raise KeyError(user)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.delenv("HOME", raising=False)


@pytest.mark.parametrize("command", ["config", "ask hello", "status", "placement", "events"])
@pytest.mark.usefixtures("homeless")
def test_user_without_a_home_is_told_to_set_one(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    assert main(command.split()) == 1
    said = capsys.readouterr().err
    assert said.startswith("marvin: this user has no home folder: set HOME")
    assert said.count("\n") == 1


@pytest.mark.usefixtures("homeless")
def test_without_a_home_but_with_folders_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "what is six times seven"]) == 0
    assert "42" in capsys.readouterr().out


@pytest.mark.parametrize("allowed", [0, 1, 2, 3])
def test_failure_to_start_threads_is_reported_in_one_line(
    allowed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    start = threading.Thread.start
    started: list[threading.Thread] = []

    def refused(thread: threading.Thread) -> None:
        if len(started) >= allowed:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refused)
    out = str(tmp_path / "reply.wav")
    assert main(["run", "--input", str(SAMPLE), "--output", out]) == 1
    said = capsys.readouterr().err
    assert said.startswith("marvin: the system allows no more threads")
    assert said.count("\n") == 1


def test_system_and_marvin_errors_have_a_message_and_bugs_have_none() -> None:
    assert advice(ConfigError("wake: wrong")) == "wake: wrong"
    assert advice(ExceptionGroup("", [ExceptionGroup("", [ConfigError("a")])])) == "a"
    for error in (
        MemoryError(),
        OSError(errno.EMFILE, os.strerror(errno.EMFILE), "models.toml"),
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    ):
        assert advice(error)
    for bug in (ValueError("x"), RuntimeError("x"), OSError(errno.ENOENT, "x"), KeyError(1)):
        assert advice(bug) is None


@pytest.mark.parametrize("command", [["run", "--input", str(SAMPLE)], ["say", "hello"]])
def test_without_a_speaker_it_says_how_to_write_a_file(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("marvin.audio.devices.list_devices", lambda: ())
    assert main(command) == 1
    error = capsys.readouterr().err
    assert "this machine has no output device" in error
    assert "or write to a file: --output FILE" in error


def test_writing_to_a_file_is_not_advised_if_already_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("marvin.audio.devices.list_devices", lambda: ())
    reply = tmp_path / "reply.wav"
    assert main(["say", "hello", "--output", str(reply), "--play"]) == 0
    printed = capsys.readouterr().out
    assert f"Written to {reply} but not played: this machine has no output device" in printed
    assert "--output" not in printed
    assert reply.exists()
