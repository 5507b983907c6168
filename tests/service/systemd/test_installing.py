"""The contents of this machine's unit, and its file."""

import os
import sys
from pathlib import Path

import pytest

from marvin.service.systemd.installing import (
    in_a_home,
    look_at,
    marvin_command,
    remove_unit,
    system_unit,
    unit_path,
    user_unit,
    write_unit,
)
from marvin.service.systemd.systemctl import SystemdError
from marvin.service.systemd.unit import SystemdUnit, unit_text

TEXT = unit_text(SystemdUnit(command=["/opt/marvin/bin/marvin"]))
NEWER = unit_text(SystemdUnit(command=["/opt/new/bin/marvin"]))


def made(environ: dict[str, str], writable: list[Path] | None = None) -> SystemdUnit:
    return user_unit(
        ["/opt/marvin/bin/marvin"], [], environ, writable or [], namespaces=True, back_off=False
    )


def test_unit_starts_this_installation(tmp_path: Path) -> None:
    assert marvin_command(tmp_path, "/usr/bin/python3") == ["/usr/bin/python3", "-m", "marvin"]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "marvin").touch()
    assert marvin_command(tmp_path, sys.executable) == [str(tmp_path / "bin" / "marvin")]


def test_plain_environment_needs_only_the_home() -> None:
    unit = made({"HOME": "/home/anna"})
    assert unit.environment == {}
    assert unit.writable == ["%h/.cache/huggingface", "%h/.cache/marvin", "%h/.local/state/marvin"]


def test_folder_variables_go_into_the_unit_and_keys_do_not() -> None:
    unit = made(
        {
            "MARVIN_CONFIG": "/home/anna/50%.toml",
            "HF_HOME": "/data/models",
            "XDG_STATE_HOME": "/data/state",
            "XDG_CACHE_HOME": "",
            "HF_TOKEN": "hf_secret",
            "OPENAI_API_KEY": "sk-secret",
        },
        [Path("/srv/timers")],
    )
    assert unit.environment == {
        "MARVIN_CONFIG": "/home/anna/50%%.toml",
        "HF_HOME": "/data/models",
        "XDG_STATE_HOME": "/data/state",
    }
    assert unit.writable == [
        "/data/models",
        "%h/.cache/marvin",
        "/data/state/marvin",
        "/srv/timers",
    ]
    assert "secret" not in unit_text(unit)


def test_system_unit_gets_the_existing_device_groups() -> None:
    unit = system_unit(["/opt/marvin/bin/marvin"], [], ["users", "render", "audio"], back_off=True)
    assert unit.groups == ["audio", "render"]
    assert "SupplementaryGroups" not in unit_text(system_unit(["/x"], [], [], back_off=True))


def test_unit_goes_where_systemd_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    path = Path("/home/anna/.config/systemd/user/marvin.service")
    assert unit_path({}, system=False) == path
    assert unit_path({"XDG_CONFIG_HOME": "relative"}, system=False) == path
    elsewhere = unit_path({"XDG_CONFIG_HOME": "/data/config"}, system=False)
    assert elsewhere == Path("/data/config/systemd/user/marvin.service")
    assert unit_path({}, system=True) == Path("/etc/systemd/system/marvin.service")


@pytest.mark.parametrize(
    ("program", "hidden"),
    [
        ("/home/anna/marvin/.venv/bin/marvin", True),
        ("/root/marvin/.venv/bin/marvin", True),
        ("/opt/marvin/.venv/bin/marvin", False),
        ("/homes/marvin", False),
    ],
)
def test_program_in_a_home_folder_is_recognised(program: str, hidden: bool) -> None:
    assert in_a_home([program]) is hidden


def test_unit_is_written_replaced_and_deleted(tmp_path: Path) -> None:
    path = tmp_path / "systemd" / "user" / "marvin.service"
    assert look_at(path) == "not installed"
    assert write_unit(path, TEXT, force=False)
    assert look_at(path) == "as it was installed"
    assert not write_unit(path, TEXT, force=False), "it is already there"
    assert write_unit(path, NEWER, force=False), "nobody edited it"
    assert path.read_text() == NEWER
    assert os.listdir(path.parent) == ["marvin.service"]
    assert remove_unit(path, force=False)
    assert not remove_unit(path, force=False)


def test_edited_unit_is_kept_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "marvin.service"
    edited = TEXT.replace("RestartSec=10", "RestartSec=3")
    path.write_text(edited)
    assert look_at(path) == "edited by hand"
    with pytest.raises(SystemdError) as refused:
        write_unit(path, NEWER, force=False)
    for part in ("-RestartSec=3", "+RestartSec=10", "--force", "systemctl --user edit"):
        assert part in str(refused.value)
    with pytest.raises(SystemdError, match="edited by hand"):
        remove_unit(path, force=False)
    assert path.read_text() == edited
    assert write_unit(path, NEWER, force=True)
    assert path.read_text() == NEWER


def test_unwritable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "systemd").write_text("a file, not a folder")
    with pytest.raises(SystemdError, match=r"marvin\.service cannot be"):
        write_unit(tmp_path / "systemd" / "marvin.service", TEXT, force=False)
