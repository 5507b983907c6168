"""`marvin service`: what it runs, writes and prints, with a simulated systemd."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from marvin.cli.arguments import parser
from marvin.cli.commands import service
from marvin.cli.main import main
from marvin.errors import ConfigError
from marvin.service.systemd import systemctl
from marvin.service.systemd.systemctl import Ended, Systemctl, SystemdError

RUNNING = (
    "ActiveState=active\nSubState=running\nStatusText=listening for \"marvin\"\n"
    "UnitFileState=enabled\nNRestarts=2\nResult=success\nExecMainStatus=0\n"
    "ActiveEnterTimestamp=Sat 2026-11-21 18:22:48 UTC\n"
)  # fmt: skip


class FakeSystemd:
    """Answers commands by their first words, and records all of them."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.answers = {
            "systemctl --version": Ended(0, "systemd 252 (252.38-1~deb12u1)\n+PAM"),
            "systemctl --user show marvin.service": Ended(0, RUNNING),
            "systemctl show marvin.service": Ended(0, RUNNING),
            "loginctl show-user": Ended(0, "Linger=no"),
            "id marvin": Ended(1, "id: 'marvin': no such user"),
        }

    def __call__(self, command: Sequence[str]) -> Ended:
        line = " ".join(command)
        self.commands.append(line)
        known = [name for name in self.answers if line.startswith(name)]
        return self.answers[max(known, key=len)] if known else Ended(0, "")

    def did(self) -> list[str]:
        """The commands that changed something."""
        asking = ("show", "--version", "systemd-run", "id ", "loginctl show-user")
        return [line for line in self.commands if not any(word in line for word in asking)]


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with systemd, and a user who is not root."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("MARVIN_CONFIG", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(Systemctl, "check", has_systemd)
    for module in (service, systemctl):
        monkeypatch.setattr(module, "user", lambda: "anna")


def has_systemd(self: Systemctl) -> None:
    """Pretend that this machine has systemd."""
    if self.ask("show-environment").code != 0:
        raise SystemdError("no user bus")


def arguments(*words: str) -> argparse.Namespace:
    return parser().parse_args(["service", *words])


def unit(tmp_path: Path) -> Path:
    return tmp_path / "XDG_CONFIG_HOME" / "systemd" / "user" / "marvin.service"


@pytest.mark.parametrize("command", ["install", "uninstall", "status"])
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["service", command, "--help"])
    assert raised.value.code == 0
    assert f"example:\n  marvin service {command}" in capsys.readouterr().out


def test_install_writes_enables_and_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    systemd = FakeSystemd()
    assert service.install(arguments("install"), systemd) == 0
    text = unit(tmp_path).read_text()
    assert f"Environment=XDG_STATE_HOME={tmp_path}/XDG_STATE_HOME\n" in text
    assert f"ReadWritePaths=%t {tmp_path}/XDG_CACHE_HOME/huggingface " in text
    assert "PrivateUsers=yes" in text
    assert systemd.did() == [
        "systemctl --user daemon-reload",
        "systemctl --user enable marvin.service",
        "systemctl --user restart marvin.service",
    ]
    said = capsys.readouterr().out
    assert f"{unit(tmp_path)}: written" in said
    assert "--linger" in said
    assert 'Running: listening for "marvin"' in said


def test_installing_again_changes_nothing_but_restarts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.install(arguments("install"), FakeSystemd())
    before = unit(tmp_path).stat().st_mtime_ns
    service.install(arguments("install"), FakeSystemd())
    assert unit(tmp_path).stat().st_mtime_ns == before
    assert "is up to date" in capsys.readouterr().out


def test_named_configuration_and_profile_are_used(tmp_path: Path) -> None:
    mine = tmp_path / "my models.toml"
    mine.write_text(f'[skills]\nstate_dir = "{tmp_path}/timers"\n')
    words = ("install", "--config", str(mine), "--profile", "embedded")
    assert service.install(arguments(*words), FakeSystemd()) == 0
    text = unit(tmp_path).read_text()
    assert f'run --config "{mine}" --profile embedded\n' in text
    assert f" {tmp_path}/timers\n" in text, "it will be written to"


def test_wrong_configuration_is_not_installed(tmp_path: Path) -> None:
    mine = tmp_path / "models.toml"
    mine.write_text("[wake]\ntreshold = 0.5\n")
    systemd = FakeSystemd()
    with pytest.raises(ConfigError, match="treshold"):
        service.install(arguments("install", "--config", str(mine)), systemd)
    assert not unit(tmp_path).exists()
    assert systemd.did() == []


def test_print_shows_the_unit_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    systemd = FakeSystemd()
    systemd.answers = {"sys": Ended(127, "no such program")}
    assert service.install(arguments("install", "--print"), systemd) == 0
    said = capsys.readouterr().out
    assert said.startswith("# Written by `marvin service install`")
    assert "PrivateUsers=yes" in said, "no objection is known"
    assert systemd.did() == []
    assert not unit(tmp_path).exists()


def test_machine_without_user_namespaces_gets_the_smaller_sandbox(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    systemd = FakeSystemd()
    systemd.answers["systemd-run --user --wait --collect --quiet --property"] = Ended(1, "")
    assert service.install(arguments("install"), systemd) == 0
    assert "PrivateUsers" not in unit(tmp_path).read_text()
    assert "weaker sandbox" in capsys.readouterr().out


def test_newer_systemd_gets_newer_options(tmp_path: Path) -> None:
    systemd = FakeSystemd()
    systemd.answers["systemctl --version"] = Ended(0, "systemd 257 (257.9)\n")
    assert service.install(arguments("install"), systemd) == 0
    assert "RestartSteps=8" in unit(tmp_path).read_text()


def test_lingering_is_enabled_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    systemd = FakeSystemd()
    assert service.install(arguments("install", "--linger"), systemd) == 0
    assert "loginctl enable-linger anna" in systemd.did()
    assert "while nobody is logged in" in capsys.readouterr().out


def test_lingering_that_needs_an_administrator_shows_the_command() -> None:
    systemd = FakeSystemd()
    systemd.answers["loginctl enable-linger"] = Ended(1, "Could not enable linger: Access denied")
    with pytest.raises(SystemdError, match="sudo loginctl enable-linger anna"):
        service.install(arguments("install", "--linger"), systemd)
    assert "systemctl --user restart marvin.service" in systemd.did(), "everything else is done"


def test_edited_unit_is_not_replaced(tmp_path: Path) -> None:
    service.install(arguments("install"), FakeSystemd())
    with unit(tmp_path).open("a") as file:
        file.write("# mine\n")
    systemd = FakeSystemd()
    with pytest.raises(SystemdError, match="edited by hand"):
        service.install(arguments("install"), systemd)
    assert systemd.did() == []
    assert service.install(arguments("install", "--force"), systemd) == 0
    assert "# mine" not in unit(tmp_path).read_text()


def test_failed_start_says_where_to_find_the_reason() -> None:
    systemd = FakeSystemd()
    failed = "Job for marvin.service failed.\nSee systemctl status."
    systemd.answers["systemctl --user restart"] = Ended(1, failed)
    with pytest.raises(SystemdError, match="journalctl --user -u marvin -n 30"):
        service.install(arguments("install"), systemd)


def test_root_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    systemd = FakeSystemd()
    for command in ("install", "uninstall"):
        with pytest.raises(SystemdError, match="without `sudo`"):
            getattr(service, command)(arguments(command), systemd)
    assert systemd.commands == []


def test_system_unit_needs_root_and_a_readable_location(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SystemdError, match="root"):
        service.install(arguments("install", "--system"), FakeSystemd())
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(service, "marvin_command", lambda: ["/home/anna/.venv/bin/marvin"])
    with pytest.raises(SystemdError, match="/opt/marvin"):
        service.install(arguments("install", "--system"), FakeSystemd())


def test_system_unit_gets_its_own_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "system" / "marvin.service"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(service, "marvin_command", lambda: ["/opt/marvin/bin/marvin"])
    monkeypatch.setattr(service, "unit_path", lambda environ, *, system: path)
    systemd = FakeSystemd()
    assert service.install(arguments("install", "--system"), systemd) == 0
    assert "User=marvin" in path.read_text()
    useradd, *rest = systemd.did()
    assert useradd.startswith("useradd --system")
    assert rest == [
        "systemctl daemon-reload",
        "systemctl enable marvin.service",
        "systemctl restart marvin.service",
    ]


def test_uninstall_stops_before_it_deletes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.install(arguments("install"), FakeSystemd())
    systemd = FakeSystemd()
    systemd.answers["loginctl show-user"] = Ended(0, "Linger=yes")
    assert service.uninstall(arguments("uninstall"), systemd) == 0
    assert not unit(tmp_path).exists()
    assert systemd.did() == [
        "systemctl --user disable --now marvin.service",
        "systemctl --user daemon-reload",
    ]
    assert "loginctl disable-linger anna" in capsys.readouterr().out
    again = FakeSystemd()
    assert service.uninstall(arguments("uninstall"), again) == 0
    assert again.did() == []


def test_uninstall_keeps_an_edited_unit(tmp_path: Path) -> None:
    service.install(arguments("install"), FakeSystemd())
    unit(tmp_path).write_text("# mine\n")
    systemd = FakeSystemd()
    with pytest.raises(SystemdError, match="--force"):
        service.uninstall(arguments("uninstall"), systemd)
    assert systemd.did() == []
    assert service.uninstall(arguments("uninstall", "--force"), systemd) == 0
    assert not unit(tmp_path).exists()


def test_status_of_a_running_service(capsys: pytest.CaptureFixture[str]) -> None:
    service.install(arguments("install"), FakeSystemd())
    capsys.readouterr()
    assert service.status(arguments("status"), FakeSystemd()) == 0
    said = capsys.readouterr().out
    for part in (
        "as it was installed",
        "enabled   enabled",
        "active (running), since Sat 2026-11-21 18:22:48 UTC",
        'says      listening for "marvin"',
        "restarts  2",
        "lingers   no",
    ):
        assert part in said


def test_status_of_a_failed_service(capsys: pytest.CaptureFixture[str]) -> None:
    systemd = FakeSystemd()
    systemd.answers["systemctl --user show marvin.service"] = Ended(
        0, "ActiveState=failed\nSubState=failed\nResult=exit-code\nExecMainStatus=78\nNRestarts=0"
    )
    assert service.status(arguments("status"), systemd) == 3
    said = capsys.readouterr().out
    assert "failed    exit-code, exit code 78" in said
    assert "not installed" in said
    assert "journalctl --user -u marvin" in said
