"""Whether systemd is reachable, and advice where it is not."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from marvin.service.systemd.systemctl import Ended, Runner, Systemctl, SystemdError, run


def answering(code: int, output: str = "") -> Runner:
    def runner(command: Sequence[str]) -> Ended:
        return Ended(code, output)

    return runner


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")


def test_machine_not_booted_by_systemd(tmp_path: Path) -> None:
    with pytest.raises(SystemdError, match=r"docs/service\.md"):
        Systemctl(answering(0), system=False).check(tmp_path / "missing")


def test_machine_without_systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SystemdError, match="does not run on this machine"):
        Systemctl(answering(0), system=False).check(tmp_path)


def test_user_without_a_bus_is_told_how_to_get_one(tmp_path: Path) -> None:
    refusing = answering(1, "Failed to connect to bus: No medium found\nmore")
    with pytest.raises(SystemdError) as refused:
        Systemctl(refusing, system=False).check(tmp_path)
    for part in ("(Failed to connect to bus: No medium found)", "enable-linger", "XDG_RUNTIME_DIR"):
        assert part in str(refused.value)
    Systemctl(refusing, system=True).check(tmp_path)


def test_namespaces_are_left_out_only_if_they_are_the_cause() -> None:
    asked: list[str] = []

    def refuses_sandboxes(command: Sequence[str]) -> Ended:
        asked.append(" ".join(command))
        return Ended(1 if "PrivateUsers=yes" in command else 0, "")

    assert not Systemctl(refuses_sandboxes, system=False).lets_make_namespaces()
    assert len(asked) == 2
    assert Systemctl(answering(1), system=False).lets_make_namespaces(), "everything fails"
    assert Systemctl(answering(0), system=False).lets_make_namespaces()
    assert Systemctl(refuses_sandboxes, system=True).lets_make_namespaces()


@pytest.mark.parametrize(
    ("output", "version"),
    [("systemd 257 (257.9-1)\n+PAM", 257), ("systemd 249.11\n", 0), ("", 0)],
)
def test_version_is_read(output: str, version: int) -> None:
    assert Systemctl(answering(0, output), system=False).version() == version


def test_failing_or_missing_program_is_reported(tmp_path: Path) -> None:
    assert run(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]) == Ended(3, "out\nerr")
    assert run([str(tmp_path / "missing")]).code == 127
    with pytest.raises(SystemdError, match=r"`loginctl x` failed: denied; ask an administrator"):
        Systemctl(answering(1, "denied"), system=False).must(
            ["loginctl", "x"], "; ask an administrator"
        )
