"""The clock, the state folder, the timers, and whether a Marvin is already running."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marvin.config.tables import Config, SkillsConfig
from marvin.errors import ControlError
from marvin.skills.store import database
from marvin.workshop.doctor import state_files as files
from marvin.workshop.doctor.configuration import configuration_checks
from marvin.workshop.doctor.examining import examine
from marvin.workshop.doctor.finding import Level
from marvin.workshop.doctor.patient import Patient, admit
from marvin.workshop.doctor.running_daemon import daemon
from marvin.workshop.doctor.state_files import agenda, clock, state_checks, state_folder
from tests.skills.kept import load_timers
from tests.workshop.doctor.described import described, raising


def test_clock_that_was_never_set_is_reported(tmp_path: Path) -> None:
    system = described(tmp_path, now=lambda: datetime(1970, 1, 1, 0, 5, tzinfo=UTC))
    found = clock(system)
    assert (found.level, found.cure) == (Level.FAIL, "sudo timedatectl set-ntp true")
    assert found.text.startswith("1970-01-01: the clock is not set")


def test_clock_with_and_without_a_time_zone(tmp_path: Path) -> None:
    system = described(tmp_path)
    assert (clock(system).level, clock(system).text) == (Level.OK, "2026-05-17 09:30 UTC")
    (tmp_path / "etc" / "localtime").unlink()
    assert clock(system).level is Level.WARN
    assert clock(system).cure.startswith("sudo timedatectl set-timezone")


@pytest.mark.parametrize(
    ("zone", "level"),
    [
        ("Europe/London", Level.OK),
        (":Europe/London", Level.OK),
        ("CET-1CEST", Level.OK),
        ("/usr/share/zoneinfo/UTC", Level.OK),
        ("Europe/Lundon", Level.FAIL),
        ("../../etc", Level.FAIL),
    ],
)
def test_time_zone_from_the_environment(tmp_path: Path, zone: str, level: Level) -> None:
    assert clock(described(tmp_path, environment={"TZ": zone})).level is level


def test_state_folder_is_the_configured_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    default = examine([state_checks(Patient(described(tmp_path)))])
    assert [one.level for one in default] == [Level.OK] * 3
    assert default[1].text == f"{tmp_path}/state/marvin is writable"
    own = Config(skills=SkillsConfig(state_dir=tmp_path / "own"))
    assert (
        str(tmp_path / "own") in examine([state_checks(Patient(described(tmp_path), own))])[1].text
    )
    assert not (tmp_path / "own").exists(), "the check is read-only"


def test_unwritable_state_folder_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "unwritable", lambda folder: "Read-only file system")
    found = state_folder(Path("/mnt/marvin"))
    assert found.level is Level.FAIL
    assert "(Read-only file system): timers, alarms and lists are lost at a restart" in found.text


def test_agenda_is_counted_and_not_named(tmp_path: Path) -> None:
    path = tmp_path / "marvin.sqlite3"
    assert (agenda(path).level, agenda(path).text) == (Level.OK, "no timers, alarms or lists")
    load_timers(path).add(60, "the surprise cake", datetime.now(UTC))
    assert (agenda(path).level, agenda(path).text) == (Level.OK, "1 timers")


def test_damaged_agenda_is_left_in_place(tmp_path: Path) -> None:
    path = tmp_path / "marvin.sqlite3"
    path.write_text("the surprise cake")
    found = agenda(path)
    assert (found.level, found.cure) == (Level.WARN, f"cp {path} {path}.broken")
    assert "cake" not in found.text
    assert path.exists()


def test_agenda_of_a_newer_marvin_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "marvin.sqlite3"
    database.write(path, {})
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert agenda(path).level is Level.FAIL
    assert "tables have version 99" in agenda(path).text


def test_unreadable_agenda_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = agenda(tmp_path / "file" / "marvin.sqlite3")
    assert (found.level, "Not a directory" in found.text) == (Level.FAIL, True)


def test_daemon_may_be_running_absent_or_hanging(
    tmp_path: Path, load: Callable[[int], None]
) -> None:
    assert daemon(described(tmp_path)).text == "not running"
    running = daemon(described(tmp_path, daemon=lambda: {"heard": "the surprise cake"}))
    assert (running.level, running.text) == (
        Level.OK,
        "running; it uses the microphone (`marvin status`)",
    )
    hangs = daemon(described(tmp_path, daemon=raising(ControlError("it does not answer"))))
    assert (hangs.level, hangs.cure) == (Level.FAIL, "systemctl --user restart marvin")
    load(400)
    late = daemon(described(tmp_path, daemon=raising(ControlError("it does not answer"))))
    assert late.level is Level.WARN
    assert "the machine is busy" in late.text


def test_every_configuration_problem_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text('[wake]\ntreshold = 1\n[stt]\nengine = "wisper"\n')
    patient = admit(described(tmp_path), path)
    found = examine([configuration_checks(patient)])
    assert [one.level for one in found] == [Level.FAIL, Level.FAIL]
    assert "wake.treshold: unknown key (did you mean 'threshold'?)" in found[0].text
    assert "stt.engine: 'wisper' is not known" in found[1].text
    assert patient.config == Config(), "the other checks use the built-in values"


def test_valid_configuration_names_its_profile(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text('profile = "embedded"\n')
    found = examine([configuration_checks(admit(described(tmp_path), path))])
    assert found[0].level is Level.OK
    assert found[0].text.startswith("Profile embedded (as configured) hears ")
    assert "Profile laptop" in admit(described(tmp_path), path, "laptop").why


def test_missing_file_is_a_problem(tmp_path: Path) -> None:
    patient = admit(described(tmp_path), tmp_path / "gone.toml")
    assert "no such file (named by --config)" in patient.problems[0]
