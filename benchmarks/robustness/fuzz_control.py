"""Random messages to the real control server, with a fake assistant."""

import asyncio
import json
import logging
import random
import tempfile
from contextlib import suppress
from pathlib import Path

from benchmarks.robustness.mutations import FLOATS, NUMBERS, damaged
from marvin.service.control.claim import claimed
from marvin.service.control.control_server import ControlServer
from marvin.service.control.requests import MESSAGE_BYTES

_ANSWER_S = 60.0
COMMANDS = ("status", "listen", "stop", "mute", "unmute", "say", "ask", "events", "reload")
_WORDS = (*COMMANDS, "", "Status", "x" * 300, "\0", "\ud800", "say\nsay", "__class__", "🦜")
_KEYS = ("command", "text", "", "Command", "__proto__", "extra", "\ud800")


class ControlTarget:
    """One server; most cases share a connection, some abort their own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: self._bugs.append(str(context)))
        self._bugs: list[str] = []
        logging.getLogger("marvin.service.control").addHandler(_Traces(self._bugs))
        # Only tracebacks matter, not warnings about refused clients.
        logging.getLogger("marvin.service.control").setLevel(logging.ERROR)
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "marvin.sock"
        self._held = claimed(self._path)
        self._server = ControlServer(self._held.__enter__(), _Yes(), patience_s=_ANSWER_S)
        self._serving = self._loop.create_task(self._server.run())
        self._shared: _Client | None = None

    def __call__(self, pick: random.Random, folder: Path) -> str:
        outcome = self._loop.run_until_complete(self._case(pick))
        if self._bugs:
            bugs, self._bugs[:] = "\n".join(self._bugs), []
            raise AssertionError(bugs)
        return outcome

    def close(self) -> None:
        """Stop the server."""
        self._loop.run_until_complete(self._end())
        self._held.__exit__(None, None, None)
        self._loop.close()
        self._folder.cleanup()

    async def _end(self) -> None:
        if self._shared is not None:
            await self._shared.close()
        self._serving.cancel()
        await asyncio.wait([self._serving])
        # Aborted connections close in the next iterations of the loop.
        await asyncio.sleep(0.01)

    async def _case(self, pick: random.Random) -> str:
        message = random_message(pick)
        if pick.random() < 0.05:
            return await self._broken_off(message, pick)
        if self._shared is None:
            self._shared = await _Client.connected(self._path)
        if len(message) >= MESSAGE_BYTES or b'"events"' in message:
            # After these, the server closes the connection or only sends.
            client, self._shared = self._shared, None
            outcome = await client.asked(message + b"\n")
            await client.close()
        else:
            lines = [line for line in message.split(b"\n") if line] or [b" "]
            for line in lines:
                outcome = await self._shared.asked(line + b"\n")
        return outcome

    async def _broken_off(self, message: bytes, pick: random.Random) -> str:
        """Send half a message or do not read; the server must still answer others."""
        client = await _Client.connected(self._path)
        client.send(message[: pick.randrange(len(message) + 1)])
        await client.close()
        other = await _Client.connected(self._path)
        outcome = await other.asked(b'{"command": "status"}\n')
        await other.close()
        assert outcome == "done", outcome
        return "aborted"


class _Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connected(cls, path: Path) -> "_Client":
        return cls(*await asyncio.open_unix_connection(path, limit=1 << 20))

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def asked(self, line: bytes) -> str:
        """Send a line and check that the answer is a line of JSON with `ok`."""
        self.send(line)
        async with asyncio.timeout(_ANSWER_S):
            answer = await self._reader.readline()
        done = json.loads(answer)
        assert isinstance(done["ok"], bool)
        if not done["ok"]:
            assert done["error"].strip(), "refusal without a reason"
            assert len(answer) < 2_000, "refusal as long as the request"
        return "done" if done["ok"] else "refused"

    async def close(self) -> None:
        self._writer.transport.abort()
        with suppress(OSError):
            await self._writer.wait_closed()


class _Yes:
    def __init__(self) -> None:
        self.skill_problems: list[str] = []

    def status(self) -> dict[str, object]:
        return {"state": "idle"}

    def listen(self) -> None: ...

    def stop(self) -> None: ...

    def mute(self, muted: bool) -> None: ...

    async def say(self, text: str) -> None:
        assert text.isprintable() or text, "nothing to say"

    async def ask(self, text: str) -> str:
        return "yes"

    async def reload(self) -> list[str]:
        return []


class _Traces(logging.Handler):
    """Collects tracebacks from the log, which are bugs in the server."""

    def __init__(self, bugs: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._bugs = bugs

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self._bugs.append(self.format(record))


def random_message(pick: random.Random) -> bytes:
    """Without the line feed."""
    match pick.randrange(6):
        case 0:
            return pick.randbytes(pick.randrange(300))
        case 1:
            return damaged(json.dumps({"command": pick.choice(COMMANDS)}).encode(), pick)
        case 2:
            return json.dumps({"command": pick.choice(_WORDS), **_fields(pick)}).encode()
        case 3:
            return json.dumps(_fields(pick), allow_nan=True).encode()
        case 4:
            nested = pick.choice(("[", '{"a":', "[{", '"')) * pick.choice((1, 50, 5_000, 15_000))
            return nested.encode()
        case _:
            long = pick.choice((4_000, MESSAGE_BYTES - 40, MESSAGE_BYTES + 1, 300_000))
            text = "a" * long if pick.random() < 0.2 else "a" * 100
            return json.dumps({"command": "say", "text": text}).encode()


def _fields(pick: random.Random) -> dict[str, object]:
    values: tuple[object, ...] = (
        None,
        True,
        [],
        {},
        "text",
        "\ud800",
        "\0",
        *NUMBERS,
        *map(float, FLOATS),
        [[[]]],
    )
    return {pick.choice(_KEYS): pick.choice(values) for _ in range(pick.randrange(3))}
