"""The command `marvin doctor`: its lines, JSON, exit code and bundle."""

import argparse
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from marvin.cli.commands import doctor
from marvin.cli.main import main
from marvin.errors import AudioDeviceError
from marvin.workshop.doctor.system import System
from tests.faulty_server import Answer, FaultyServer
from tests.workshop.doctor.described import described, raising


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty home, and a Hub on loopback."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with FaultyServer(always=Answer(200)) as hub:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield


@pytest.fixture
def healthy(tmp_path: Path) -> System:
    """A Mac, where Linux's sound servers and sessions take one line each."""
    return described(tmp_path, platform="darwin")


def run(monkeypatch: pytest.MonkeyPatch, system: System, *arguments: str) -> int:
    monkeypatch.setattr(doctor, "this_system", lambda: system)
    return main(["doctor", *arguments])


def test_each_finding_is_a_line_and_exit_code_is_0(
    healthy: System, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, healthy) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == 'All ok. Next: `marvin run`, and say "marvin".'
    assert all(line.startswith("ok    ") for line in lines[:-1])
    assert "ok    microphone: USB Microphone (ALSA), 48000 Hz, resampled to 16000 Hz" in lines


def test_warning_is_not_a_failure(
    healthy: System, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (healthy.root / "etc" / "localtime").unlink()
    assert run(monkeypatch, healthy) == 0
    out = capsys.readouterr().out
    assert "\nwarn  clock: 09:30, no time zone is set, so UTC is used -> sudo timedatectl" in out
    assert out.splitlines()[-1].startswith("1 could be better, ")


def test_failure_exits_with_code_1_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = described(tmp_path, devices=raising(AudioDeviceError("sound needs PortAudio")))
    assert run(monkeypatch, broken) == 1
    out = capsys.readouterr().out
    assert "\nfail  portaudio: sound needs PortAudio -> sudo apt install libportaudio2\n" in out
    assert "1 to fix" in out.splitlines()[-1]


def test_wrong_configuration_is_reported_and_other_checks_go_on(
    tmp_path: Path,
    healthy: System,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "models.toml"
    path.write_text("[wake]\ntreshold = 1\n")
    assert run(monkeypatch, healthy, "--config", str(path)) == 1
    out = capsys.readouterr().out
    assert f"fail  configuration: {path}: wake.treshold: unknown key" in out
    assert "ok    microphone" in out


def test_key_with_an_old_name_is_a_warning(
    tmp_path: Path,
    healthy: System,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "models.toml"
    path.write_text("[vad]\nsilence_s = 0.9\n")
    assert run(monkeypatch, healthy, "--config", str(path)) == 0
    lines = capsys.readouterr().out.splitlines()
    (warning,) = [line for line in lines if line.startswith("warn  configuration: ")]
    assert "vad.silence_s is now turn.silence_s" in warning
    assert warning.endswith("-> change that key")


def test_findings_as_json(
    healthy: System, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (healthy.root / "etc" / "localtime").unlink()
    assert run(monkeypatch, healthy, "--json", "--no-record") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["level"] == "warn"
    assert {"name", "level", "text", "cure", "aside"} == set(told["findings"][0])
    names = [one["name"] for one in told["findings"]]
    assert names[:4] == ["configuration", "portaudio", "speaker", "microphone"]
    assert "recording" not in names
    assert told["bundle"] == {}


def test_bundle_contents_are_listed(
    tmp_path: Path,
    healthy: System,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "b.zip"
    assert run(monkeypatch, healthy, "--bundle", str(path)) == 0
    out = capsys.readouterr().out
    with zipfile.ZipFile(path) as bundle:
        inside = set(bundle.namelist()) - {"README.txt"}
    assert all(f"\n  {name}: " in out for name in inside)
    assert run(monkeypatch, healthy, "--json", "--bundle", str(path)) == 0
    assert set(json.loads(capsys.readouterr().out)["bundle"]) == inside
    assert run(monkeypatch, healthy, "--bundle", str(tmp_path / "gone" / "b.zip")) == 1
    assert "cannot write the bundle" in capsys.readouterr().err


def test_its_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", "--help"])
    assert "example:\n  marvin doctor" in capsys.readouterr().out


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_output_fits_80_columns_and_commands_are_not_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    for name, value in {"COLUMNS": "80", "TERM": "xterm", "NO_COLOR": ""}.items():
        monkeypatch.setenv(name, value)
    arguments = argparse.Namespace(
        config=None, profile="embedded", json=False, no_record=False, bundle=None
    )
    system = described(tmp_path, choose=raising(AudioDeviceError("[bold] is no device " * 9)))
    assert doctor.examined(arguments, system) == 1
    # Each step of the spinner begins with a carriage return, and the number of steps varies.
    plain = re.sub(r"\x1b\[[^A-Za-z]*[A-Za-z]", "", terminal.getvalue()).replace("\r", "\n")
    lines = [line.rstrip() for line in plain.splitlines()]
    cures = [line for line in lines if line.startswith("      -> ")]
    assert "      -> marvin devices" in cures
    assert max(len(line) for line in lines if line not in cures) <= 80
    assert plain.count("[bold]") == 18, "a name in brackets is not markup"


def test_on_this_machine(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "marvin", "doctor", "--json", "--no-record"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    told: dict[str, Any] = json.loads(done.stdout)
    levels = {one["level"] for one in told["findings"]}
    assert done.returncode == (1 if "fail" in levels else 0)
    assert "Traceback" not in done.stdout + done.stderr
    assert not [one for one in told["findings"] if "the check failed" in one["text"]]
