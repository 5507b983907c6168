"""A daemon without a microphone: a real server on a real socket, with a scripted assistant."""

import asyncio
import json
import select
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from marvin.errors import ControlError
from marvin.service.control.claim import claimed
from marvin.service.control.control_server import PATIENCE_S, ControlServer
from marvin.service.control.peer import Peered, is_ours
from marvin.skills.agenda import Agenda

NO_MODEL = "I have no language model for that."


class FakeAssistant:
    """Records what it is told to do."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.figures: dict[str, object] = {"state": "idle", "wakes": 3}
        self.problems: list[str] = []
        self.skill_problems: list[str] = []
        self.answers = {"what time is it": "It is noon."}
        self.refuses = ""
        self.bug: Exception | None = None
        self.kept = Agenda()

    def status(self) -> dict[str, object]:
        self._do("status")
        return dict(self.figures)

    def agenda(self) -> Agenda:
        return self.kept

    def listen(self) -> None:
        self._do("listen")

    def stop(self) -> None:
        self._do("stop")

    def mute(self, muted: bool) -> None:
        self._do(muted)

    async def say(self, text: str) -> None:
        self._do(text)

    async def ask(self, text: str) -> str:
        self._do(text)
        return self.answers.get(text, NO_MODEL)

    async def reload(self) -> list[str]:
        self._do("reload")
        return self.problems

    def _do(self, what: object) -> None:
        if self.bug is not None:
            raise self.bug
        if self.refuses:
            raise ControlError(self.refuses)
        self.done.append(what)


class Client:
    """Writes to and reads from the socket directly."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def write(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def ask(self, raw: bytes) -> dict[str, object]:
        await self.write(raw + b"\n")
        return await self.read()

    async def read(self) -> dict[str, object]:
        line = await self._reader.readline()
        if not line:
            raise ConnectionError("the daemon has closed")
        found: dict[str, object] = json.loads(line)
        return found

    async def is_closed(self) -> bool:
        """Wait until the daemon has closed the connection; False if it sends something first."""
        try:
            return await self._reader.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self.writer.transport.abort()


class Daemon:
    """A running server and its assistant."""

    def __init__(self, path: Path, server: ControlServer, assistant: FakeAssistant) -> None:
        self.path = path
        self.server = server
        self.assistant = assistant
        self._clients: list[Client] = []

    async def connect(self) -> Client:
        client = Client(*await asyncio.open_unix_connection(str(self.path), limit=1 << 20))
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()


class Deaf:
    """Sends, and never reads."""

    def __init__(self, path: Path, message: bytes) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.socket.sendall(message)

    def close(self) -> None:
        self.socket.close()

    async def let_go(self) -> None:
        """Wait until the daemon has closed the connection."""
        hung_up = select.poll()
        hung_up.register(self.socket, 0)  # Not for data to read.
        assert await asyncio.to_thread(hung_up.poll, 20_000)

    def read(self) -> list[dict[str, object]]:
        """All whole lines that have arrived."""
        self.socket.setblocking(False)
        arrived = b""
        with suppress(BlockingIOError, ConnectionResetError):
            while more := self.socket.recv(1 << 20):
                arrived += more
        return [json.loads(line) for line in arrived.split(b"\n")[:-1]]


@asynccontextmanager
async def running(
    path: Path,
    *,
    patience_s: float = PATIENCE_S,
    is_ours: Callable[[Peered], bool] = is_ours,
) -> AsyncIterator[Daemon]:
    """A daemon at `path` while the block runs, for 30 s at most."""
    with claimed(path) as listening:
        assistant = FakeAssistant()
        server = ControlServer(listening, assistant, patience_s=patience_s, is_ours=is_ours)
        serving = asyncio.create_task(server.run())
        daemon = Daemon(path, server, assistant)
        try:
            async with asyncio.timeout(300):
                yield daemon
        finally:
            daemon.close()
            assert not serving.done(), "it still serves, whatever happened"
            serving.cancel()
            await asyncio.wait([serving])
