"""Requirements of a background program on the user's session."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from marvin.workshop.doctor.finding import Level
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.system import System
from marvin.workshop.doctor.user_session import (
    groups,
    lingering,
    runtime_folder,
    session_checks,
    user_bus,
)
from tests.workshop.doctor.described import described


@pytest.fixture
def folder() -> Iterator[Path]:
    """A runtime folder, not in tmp_path because a socket path has at most 108 bytes."""
    with tempfile.TemporaryDirectory(prefix="marvin-") as name:
        yield Path(name)


@pytest.fixture
def system(tmp_path: Path, folder: Path) -> System:
    return described(tmp_path, environment={"XDG_RUNTIME_DIR": str(folder)})


def names(system: System) -> list[str]:
    return [check.name for check in session_checks(Patient(system))]


def test_only_available_parts_are_checked(tmp_path: Path, system: System, folder: Path) -> None:
    assert names(system) == ["runtime folder"]
    (tmp_path / "run" / "systemd" / "system").mkdir(parents=True)
    (tmp_path / "dev" / "snd").mkdir(parents=True)
    assert names(system) == ["runtime folder", "user bus", "lingering", "groups"]
    (folder / "pulse").mkdir()
    (folder / "pulse" / "native").touch()
    assert names(system) == ["runtime folder", "user bus", "lingering"], "a server has the devices"
    assert names(described(tmp_path, platform="darwin")) == []


def test_own_runtime_folder_passes(system: System, folder: Path) -> None:
    assert (runtime_folder(system).level, runtime_folder(system).text) == (Level.OK, str(folder))


def test_runtime_folder_readable_by_others_is_reported(system: System, folder: Path) -> None:
    folder.chmod(0o755)
    found = runtime_folder(system)
    assert (found.level, found.cure) == (Level.WARN, f"chmod 700 {folder}")


def test_runtime_folder_of_another_user_is_reported(tmp_path: Path, folder: Path) -> None:
    environment = {"XDG_RUNTIME_DIR": str(folder)}
    found = runtime_folder(described(tmp_path, environment=environment, uid=os.getuid() + 1))
    assert found.level is Level.FAIL
    assert f"belongs to user {os.getuid()}, you are {os.getuid() + 1}" in found.text
    assert found.cure == f"export XDG_RUNTIME_DIR=/run/user/{os.getuid() + 1}"


def test_missing_or_invalid_runtime_folder_is_reported(tmp_path: Path, folder: Path) -> None:
    gone = described(tmp_path, environment={"XDG_RUNTIME_DIR": str(folder / "gone")})
    assert runtime_folder(gone).level is Level.FAIL
    assert "No such file" in runtime_folder(gone).text
    (folder / "file").touch()
    file = described(tmp_path, environment={"XDG_RUNTIME_DIR": str(folder / "file")})
    assert (runtime_folder(file).level, runtime_folder(file).cure) == (
        Level.FAIL,
        "unset XDG_RUNTIME_DIR",
    )


def test_unset_variable_is_reported(tmp_path: Path) -> None:
    system = described(tmp_path)
    assert runtime_folder(system).level is Level.WARN, "a container has none"
    (tmp_path / "run" / "systemd" / "system").mkdir(parents=True)
    assert runtime_folder(system).level is Level.FAIL
    usual = tmp_path / "run" / "user" / str(system.uid)
    usual.mkdir(parents=True)
    assert runtime_folder(system).cure == f"export XDG_RUNTIME_DIR=/run/user/{system.uid}"


def test_user_bus_answers_or_not(tmp_path: Path, system: System, folder: Path) -> None:
    assert user_bus(system).level is Level.WARN
    assert "No such file" in user_bus(system).text
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(folder / "bus"))
        bus.listen()
        assert (user_bus(system).level, user_bus(system).text) == (
            Level.OK,
            f"answers at {folder}/bus",
        )
        named = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/bus,guid=4f3a"}
        assert user_bus(described(tmp_path, environment=named)).level is Level.OK
    assert "Connection refused" in user_bus(system).text
    assert user_bus(described(tmp_path)).text.startswith("none")


def test_lingering_on_and_off(tmp_path: Path, system: System) -> None:
    found = lingering(system)
    assert (found.level, found.cure) == (Level.WARN, "loginctl enable-linger")
    linger = tmp_path / "var" / "lib" / "systemd" / "linger"
    linger.mkdir(parents=True)
    (linger / "anna").touch()
    assert lingering(system).level is Level.OK


def test_sound_card_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    devices = tmp_path / "dev" / "snd"
    devices.mkdir(parents=True)
    system = described(tmp_path, uid=1000)
    assert (groups(system).level, groups(system).text[:14]) == (
        Level.FAIL,
        "no sound card:",
    )
    (devices / "pcmC0D0c").touch()
    assert groups(system).level is Level.OK
    seated = described(tmp_path, uid=1000, groups=lambda: frozenset({"anna"}))
    assert groups(seated).level is Level.WARN
    assert groups(seated).cure.startswith("sudo usermod -aG audio")
    # Root may open everything, so another user's answer is used.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert groups(seated).level is Level.FAIL
    assert groups(seated).text == "/dev/snd/pcmC0D0c cannot be opened by you"
