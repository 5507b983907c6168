"""Units checked by systemd itself, where it is available."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from marvin.service.systemd.unit import SystemdUnit, is_untouched, unit_text
from tests.service.systemd.units import FOLDER, SHIPPED

MOST_EXPOSED = 2.5
ANALYZE = shutil.which("systemd-analyze")
asks_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")


def analyze(path: Path, *arguments: str, system: bool = False) -> str:
    """The output of systemd-analyze, which must succeed."""
    scope = [] if system else ["--user"]
    done = subprocess.run(
        ["systemd-analyze", *scope, *arguments, str(path)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(path.parent), "SYSTEMD_COLORS": "0"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def placed(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "marvin.service"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", SHIPPED)
def test_units_in_the_repository_are_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text() == SHIPPED[name], (
        "`python -m tests.service.systemd` writes them"
    )


@asks_systemd
@pytest.mark.parametrize("name", SHIPPED)
def test_systemd_finds_no_problem(name: str, tmp_path: Path) -> None:
    text = re.sub(r"(?m)^(Exec(?:Start|Reload))=.*", r"\1=/bin/true", SHIPPED[name])
    path = placed(tmp_path, text.replace("User=marvin", "User=root"))
    assert analyze(path, "verify", system="system" in name) == ""


@asks_systemd
@pytest.mark.parametrize("name", SHIPPED)
def test_exposure_is_low(name: str, tmp_path: Path) -> None:
    path = placed(tmp_path, SHIPPED[name])
    said = analyze(path, "security", "--offline=true", "--no-pager", system="system" in name)
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert exposure is not None
    assert float(exposure[1]) <= MOST_EXPOSED


@asks_systemd
def test_names_with_spaces_and_special_characters_are_preserved(tmp_path: Path) -> None:
    folder = tmp_path / "a $HOME %%h ; é"
    program = folder.with_name(folder.name.replace("%%", "%")) / "marvin"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = SystemdUnit(
        command=[str(folder / "marvin")],
        arguments=["--config", str(folder / "models.toml")],
        environment={"MARVIN_CONFIG": str(folder / "models.toml")},
        writable=[str(folder)],
    )
    assert analyze(placed(tmp_path, unit_text(unit)), "verify") == ""


def test_user_unit_has_the_required_settings() -> None:
    lines = SHIPPED["marvin.service"].splitlines()
    for line in (
        "Type=notify",
        "WatchdogSec=30",
        "Restart=on-failure",
        "RestartPreventExitStatus=78",
        "TimeoutStopSec=10",
        "LimitCORE=0",
        "OOMPolicy=continue",
        "WantedBy=default.target",
        "EnvironmentFile=-%E/marvin/environment",
    ):
        assert line in lines
    assert not any(line.startswith("MemoryDenyWriteExecute") for line in lines), "torch needs it"
    assert "AF_INET" in SHIPPED["marvin.service"], "chat servers"
    assert "PrivateDevices" not in SHIPPED["marvin.service"], "/dev/snd, GPUs"


def test_system_unit_has_its_own_user_and_folders() -> None:
    lines = SHIPPED["marvin-system.service"].splitlines()
    for line in (
        "User=marvin",
        "SupplementaryGroups=audio",
        "StateDirectory=marvin",
        "CacheDirectory=marvin",
        "RuntimeDirectory=marvin",
        "Environment=XDG_RUNTIME_DIR=/run/marvin",
        "DeviceAllow=char-alsa rw",
        "ProtectHome=yes",
        "WantedBy=multi-user.target",
    ):
        assert line in lines
    assert not any("PrivateUsers" in line or "%h" in line for line in lines)


def test_without_namespaces_nothing_requires_them() -> None:
    text = unit_text(SystemdUnit(command=["/opt/marvin/bin/marvin"], namespaces=False))
    needing = ("PrivateUsers=", "ProtectSystem=", "CapabilityBoundingSet=", "ReadWritePaths=")
    assert not any(key in text for key in needing)
    assert "NoNewPrivileges=yes" in text
    assert "SystemCallFilter=@system-service" in text


def test_newer_systemd_waits_longer_before_each_restart() -> None:
    text = unit_text(SystemdUnit(command=["/opt/marvin/bin/marvin"], back_off=True))
    assert "RestartSteps=8\nRestartMaxDelaySec=300\n" in text


def test_edited_unit_is_recognised() -> None:
    text = SHIPPED["marvin.service"]
    assert is_untouched(text)
    assert not is_untouched(text.replace("WatchdogSec=30", "WatchdogSec=0"))
    assert not is_untouched(text.partition("\n")[2])
    assert not is_untouched("")
