"""Clients that have left free their places, and their requests are dropped."""

import asyncio
from pathlib import Path

import pytest

from marvin.service.control.control_server import CLIENTS
from tests.service.control.daemon import Client, Daemon, running

SAY = b'{"command": "say", "text": "Dinner is ready."}\n'
QUICK = ["stop", "mute", "unmute", "listen", "status"]


class Slow:
    """Announcements wait until they are released."""

    def __init__(self, daemon: Daemon) -> None:
        self.waiting = 0
        self.withdrawn = 0
        self.go_on = asyncio.Event()
        self._changed = asyncio.Event()
        daemon.assistant.say = self.say  # type: ignore[method-assign]
        daemon.assistant.reload = self.reload  # type: ignore[method-assign]
        self.reloads = 0

    async def say(self, text: str) -> None:
        self.waiting += 1
        self._changed.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.withdrawn += 1
            raise
        finally:
            self.waiting -= 1
            self._changed.set()

    async def reload(self) -> list[str]:
        self.reloads += 1
        self._changed.set()
        await self.go_on.wait()
        return []

    async def until(self, waiting: int) -> None:
        while self.waiting != waiting:
            self._changed.clear()
            await self._changed.wait()

    async def reloading(self) -> None:
        while not self.reloads:
            self._changed.clear()
            await self._changed.wait()


async def full(daemon: Daemon, slow: Slow) -> list[Client]:
    clients = [await daemon.connect() for _ in range(CLIENTS)]
    for client in clients:
        await client.write(SAY)
    await slow.until(CLIENTS)
    return clients


@pytest.mark.parametrize("half_closed", [False, True])
async def test_announcement_of_a_client_that_has_left_is_dropped(
    half_closed: bool, path: Path
) -> None:
    async with running(path) as daemon:
        slow = Slow(daemon)
        for client in await full(daemon, slow):
            if half_closed:
                client.writer.write_eof()
            client.close()
        await slow.until(0)
        assert slow.withdrawn == CLIENTS
        # Their places are free, even for a request that waits.
        slow.go_on.set()
        client = await daemon.connect()
        assert await client.ask(SAY.strip()) == {"ok": True}


async def test_client_that_closed_only_its_sending_side_is_still_answered(path: Path) -> None:
    async with running(path) as daemon:
        slow = Slow(daemon)
        client = await daemon.connect()
        client.writer.write(SAY)
        client.writer.write_eof()
        await slow.until(1)
        await asyncio.sleep(0.6)  # Long enough to be taken for gone.
        assert slow.waiting == 1
        slow.go_on.set()
        assert await client.read() == {"ok": True}


@pytest.mark.parametrize("command", QUICK)
async def test_it_can_be_stopped_with_all_places_taken(command: str, path: Path) -> None:
    async with running(path) as daemon:
        await full(daemon, Slow(daemon))
        for _ in range(20):
            client = await daemon.connect()
            assert (await client.ask(f'{{"command": "{command}"}}'.encode()))["ok"] is True
            assert await client.is_closed()


@pytest.mark.parametrize(
    "line", [SAY, b'{"command": "events"}\n', b'{"command": "reload"}\n', b"?\n"]
)
async def test_with_all_places_taken_no_further_client_may_wait(line: bytes, path: Path) -> None:
    async with running(path) as daemon:
        slow = Slow(daemon)
        await full(daemon, slow)
        client = await daemon.connect()
        assert await client.ask(line.strip()) == {
            "ok": False,
            "error": f"{CLIENTS} others are connected: try again",
        }
        assert await client.is_closed()
        assert (slow.waiting, slow.reloads) == (CLIENTS, 0)


async def test_silent_clients_do_not_block_the_place_for_stopping(path: Path) -> None:
    async with running(path) as daemon:
        await full(daemon, Slow(daemon))
        silent = [await daemon.connect() for _ in range(40)]
        for client in silent:
            assert (await client.read())["ok"] is False
        client = await daemon.connect()
        assert await client.ask(b'{"command": "stop"}') == {"ok": True}


async def test_reload_continues_without_its_client_and_those_behind_it_are_dropped(
    path: Path,
) -> None:
    async with running(path) as daemon:
        slow = Slow(daemon)
        first = await daemon.connect()
        await first.write(b'{"command": "reload"}\n')
        await slow.reloading()
        others = [await daemon.connect() for _ in range(10)]
        for client in others:
            await client.write(b'{"command": "reload"}\n')
        last = await daemon.connect()
        # Answered after theirs, so theirs have been read.
        assert (await last.ask(b'{"command": "stop"}'))["ok"] is True
        for client in (first, *others):
            client.close()
        await last.write(b'{"command": "reload"}\n')
        slow.go_on.set()
        assert await last.read() == {"ok": True}
        assert slow.reloads == 2
