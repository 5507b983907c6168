"""Messages to systemd, over real sockets."""

import logging
import os
import socket
import uuid
from pathlib import Path

import pytest

from marvin.service.systemd.notify import Notify
from tests.service.systemd.receiver import receiving


def test_each_message_has_systemd_s_format(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with receiving(path) as systemd:
        notify = Notify(str(path))
        assert notify
        notify.status("loading")
        notify.extend(30)
        notify.ready("listening")
        notify.alive()
        notify.reloading()
        notify.stopping()
        systemd.wait_for("STOPPING=1")
    *plain, reloading, stopping = systemd.messages
    assert plain == [
        "STATUS=loading",
        "EXTEND_TIMEOUT_USEC=30000000",
        "READY=1\nSTATUS=listening",
        "WATCHDOG=1",
    ]
    first, _, when = reloading.partition("\nMONOTONIC_USEC=")
    assert first == "RELOADING=1"
    assert when.isdecimal()
    assert stopping == "STOPPING=1\nSTATUS=stopping"


def test_abstract_socket_is_reached() -> None:
    name = f"marvin-{uuid.uuid4().hex}"
    with receiving(f"\0{name}") as systemd:
        Notify(f"@{name}").alive()
        systemd.wait_for("WATCHDOG=1")
    assert systemd.messages == ["WATCHDOG=1"]


def test_status_is_always_one_line(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with receiving(path) as systemd:
        Notify(str(path)).status("deaf: a microphone named\nWATCHDOG=1\n" + "x" * 1000)
        Notify(str(path)).alive()
        systemd.wait_for("WATCHDOG=1")
    status, alive = systemd.messages
    assert status.startswith("STATUS=deaf: a microphone named WATCHDOG=1 x")
    assert len(status.splitlines()) == 1
    assert len(status) < 250
    assert alive == "WATCHDOG=1"


def test_without_systemd_nothing_is_sent() -> None:
    notify = Notify.from_environment({})
    assert not notify
    notify.ready("listening")
    notify.alive()


def test_child_processes_do_not_inherit_the_socket(tmp_path: Path) -> None:
    environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "HOME": "/home/anna"}
    assert Notify.from_environment(environ)
    assert environ == {"HOME": "/home/anna"}


def test_invalid_address_is_refused_with_a_warning(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("marvin"), "propagate", True)
    assert not Notify.from_environment({"NOTIFY_SOCKET": "vsock:2:1234"})
    assert "vsock:2:1234" in caplog.text


def test_unread_socket_is_warned_about_once_and_is_not_fatal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("marvin"), "propagate", True)
    notify = Notify(str(tmp_path / "gone"))
    notify.alive()
    notify.alive()
    assert len(caplog.records) == 1
    assert "WATCHDOG=1" in caplog.text


def test_full_socket_does_not_block_the_daemon(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unread:
        unread.bind(str(path))
        notify = Notify(str(path))
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5000):
            notify.alive()
        assert len(os.listdir("/proc/self/fd")) == before
