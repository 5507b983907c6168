"""Answers of the daemon as a command sees them, and of processes that are not a daemon."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from marvin.errors import ConfigError, ControlError, NoDaemonError
from marvin.events import AudioLost
from marvin.service.control import client
from marvin.service.control.claim import claimed
from marvin.service.control.client import ask, follow
from marvin.service.control.control_server import CLIENTS
from tests.service.control.daemon import running


def asked(path: Path, command: str, **fields: str) -> "asyncio.Future[dict[str, object]]":
    """Ask from a thread, because the client is synchronous."""
    return asyncio.ensure_future(asyncio.to_thread(lambda: ask(command, path=path, **fields)))


async def test_answer_is_returned(path: Path) -> None:
    async with running(path) as daemon:
        assert (await asked(path, "status"))["wakes"] == 3
        assert await asked(path, "say", text="Tea's ready, ä😀") == {"ok": True}
        assert daemon.assistant.done[-1] == "Tea's ready, ä😀"
        with pytest.raises(ControlError, match="no rooms are known here"):
            await asked(path, "announce", text="Tea's ready", room="kitchen")


async def test_refusal_is_an_error_with_its_text(path: Path) -> None:
    async with running(path) as daemon:
        daemon.assistant.refuses = "it is muted"
        with pytest.raises(ControlError, match=r"^it is muted$"):
            await asked(path, "listen")


async def test_configuration_problems_are_passed_on(path: Path) -> None:
    async with running(path) as daemon:
        daemon.assistant.problems = ["first", "second"]
        with pytest.raises(ConfigError, match=r"nothing was changed\nfirst\nsecond$"):
            await asked(path, "reload")


async def test_text_that_is_too_long_gets_the_daemon_s_reason(path: Path) -> None:
    async with running(path):
        with pytest.raises(ControlError, match="longer than 65536 bytes"):
            await asked(path, "say", text="x" * 10_000_000)


async def test_one_client_too_many_gets_the_daemon_s_reason(path: Path) -> None:
    async with running(path) as daemon:
        for _ in range(CLIENTS):
            await (await daemon.connect()).ask(b'{"command": "stop"}')
        with pytest.raises(ControlError, match="try again"):
            await asked(path, "say", text="Me too.")


async def test_other_user_s_daemon_says_so(path: Path) -> None:
    async with running(path, is_ours=lambda connected: False):
        with pytest.raises(ControlError, match="belongs to another user"):
            await asked(path, "status")


async def test_events_come_until_the_daemon_ends(path: Path) -> None:
    seen: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    first = asyncio.Event()

    def following() -> str:
        try:
            for event in follow(path=path):
                seen.append(event)
                loop.call_soon_threadsafe(first.set)
        except ControlError as error:
            return str(error)
        return ""

    async with running(path) as daemon:
        ended = asyncio.ensure_future(asyncio.to_thread(following))
        while not first.is_set():
            daemon.server.publish(AudioLost(2.0))
            await asyncio.sleep(0)
    assert await ended == "Marvin has ended"
    assert seen[0] == {"event": "audio_lost", "seconds": 2.0}


@pytest.mark.parametrize("there", [False, True], ids=["no socket", "the socket of a dead one"])
def test_missing_daemon_is_an_error(path: Path, there: bool) -> None:
    if there:
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
    with pytest.raises(NoDaemonError, match="Marvin is not running: start it with `marvin run`"):
        ask("status", path=path)


@pytest.mark.parametrize("command", ["status", "say", "ask", "reload"])
def test_hanging_daemon_is_reported_within_seconds(
    command: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ANSWER_S", 0.05)
    with claimed(path), pytest.raises(ControlError) as raised:
        ask(command, path=path, text="what time is it")
    assert f"Marvin (process {os.getpid()}) does not answer within 0.05 s" in str(raised.value)


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (b"hello\n", "cannot be parsed"),
        (b"[]\n", "cannot be parsed"),
        (b"\xff\n", "cannot be parsed"),
        (b"{}\n", "without a reason"),
        (b"", "has ended"),
        (b"x" * 2_000_000, "cannot be parsed"),
    ],
)
async def test_other_program_on_the_socket_is_not_trusted(
    path: Path, says: bytes, why: str
) -> None:
    def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(says)
        writer.close()

    server = await asyncio.start_unix_server(answer, str(path))
    with pytest.raises(ControlError, match=why):
        await asked(path, "status")
    server.close()


def test_client_imports_almost_nothing() -> None:
    code = "import sys; from marvin.cli.commands import control; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "socket" in loaded
    assert not loaded & {"asyncio", "numpy", "pydantic", "rich", "torch"}


async def test_owner_of_the_socket_is_checked_before_anything_is_sent(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "may_be_asked", lambda connected: False)
    async with running(path) as daemon:
        with pytest.raises(ControlError, match=f"{path} belongs to another user"):
            await asked(path, "say", text="my secret plan")
        assert daemon.assistant.done == []
