"""A transport to an MCP server on the pipes of a program, with limits on what it sends.

The SDK's own reads lines of any length. Only the limits and the end of the program differ.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams

LONGEST_MESSAGE = 4 * 1024 * 1024
"""In bytes: a picture has one or two million."""
_BYTES_A_SECOND = 1024 * 1024
"""On average. More would keep the event loop from its work."""
_LEAST = 16 * 1024
"""What a message counts at least: each takes time, however small it is."""
_END_S = 0.5
"""Time to end by itself once its input is closed."""
_POLL_S = 0.01
_KEPT_ERRORS = 2_000


class FloodError(Exception):
    """The server sends too much."""


class Flow:
    """A limit on bytes: a whole message at once, and no more than so many a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._room, self._at = float(2 * LONGEST_MESSAGE), clock()

    def take(self, size: int) -> None:
        """Raises FloodError."""
        now = self._clock()
        refilled = self._room + (now - self._at) * _BYTES_A_SECOND
        self._room = min(refilled, 2.0 * LONGEST_MESSAGE) - max(size, _LEAST)
        self._at = now
        if self._room < 0:
            raise FloodError


class Program:
    """An MCP server as a program. It leads a process group, which ends with it."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._command = command
        self._env = env
        self.ended = asyncio.Event()
        """It sends nothing more: it has exited or crashed, or was cut off."""
        self.why = ""
        self._errors = b""

    @property
    def last_words(self) -> str:
        """The last line that it wrote to its standard error."""
        lines = self._errors.decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    @asynccontextmanager
    async def streams(self) -> AsyncGenerator["TransportStreams"]:
        """Raises OSError, ValueError: It cannot be started."""
        import anyio  # noqa: PLC0415 - comes with mcp
        from mcp.shared.message import SessionMessage

        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(self._env),
            limit=LONGEST_MESSAGE,
            start_new_session=True,
        )
        try:
            received, reading = anyio.create_memory_object_stream[SessionMessage | Exception](0)
            writing, to_send = anyio.create_memory_object_stream[SessionMessage](0)
            async with received, reading, writing, to_send, anyio.create_task_group() as tasks:
                tasks.start_soon(self._receive, process, received)
                tasks.start_soon(self._send, process, to_send)
                tasks.start_soon(self._keep_errors, process)
                try:
                    yield reading, writing
                finally:
                    tasks.cancel_scope.cancel()
        finally:
            await _end(process)

    async def _receive(self, process: asyncio.subprocess.Process, received: Any) -> None:
        import anyio  # noqa: PLC0415 - comes with mcp
        from mcp.shared.message import SessionMessage
        from mcp.types import jsonrpc_message_adapter

        assert process.stdout is not None
        flow = Flow()
        try:
            async with received:
                while line := await process.stdout.readline():
                    flow.take(len(line))
                    # Some programs print other things there, too.
                    with suppress(ValueError):
                        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                        await received.send(SessionMessage(message))
            self.why = "it has ended"
        except (FloodError, ValueError):
            self.why = "it sends too much, so it was cut off"
        except anyio.BrokenResourceError:
            self.why = "it was closed"
        finally:
            self.ended.set()

    async def _send(self, process: asyncio.subprocess.Process, to_send: Any) -> None:
        assert process.stdin is not None
        async for item in to_send:
            text = item.message.model_dump_json(by_alias=True, exclude_unset=True)
            # `_receive` notices the end of the program.
            with suppress(ConnectionError):
                process.stdin.write(f"{text}\n".encode())
                await process.stdin.drain()

    async def _keep_errors(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while piece := await process.stderr.read(4096):
            self._errors = (self._errors + piece)[-_KEPT_ERRORS:]


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its input, wait a moment, and kill it with all that it has started."""
    assert process.stdin is not None
    process.stdin.close()
    await _exit(process, _END_S)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await _exit(process, _END_S)
    # asyncio leaves its pipes open if nobody has read them to the end.
    process._transport.close()  # type: ignore[attr-defined]


async def _exit(process: asyncio.subprocess.Process, limit_s: float) -> None:
    """Wait for its end. `wait` would also wait for those who have inherited its pipes."""
    for _ in range(round(limit_s / _POLL_S)):
        if process.returncode is not None:
            return
        await asyncio.sleep(_POLL_S)
