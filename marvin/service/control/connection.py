"""One client, from its side of the socket: bounded in bytes and in time."""

import asyncio
import select
from collections.abc import Mapping

from marvin.errors import ControlError
from marvin.service.control.peer import Peered
from marvin.service.control.requests import MESSAGE_BYTES, encoded


class Connection:
    """Lines in, lines out.

    Everything raises ConnectionError when the client has gone.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience_s: float
    ) -> None:
        """`patience_s`: a client has so long to send a whole line, or to read one."""
        self._reader = reader
        self._writer = writer
        self._patience_s = patience_s
        # So that a line that was sent is one that the client's system has: nothing is left over
        # for later, when nobody waits for it any more.
        writer.transport.set_write_buffer_limits(high=0)

    @property
    def peer(self) -> Peered:
        """The socket itself, for questions about its other end."""
        connected: Peered = self._writer.get_extra_info("socket")
        return connected

    async def receive(self) -> bytes | None:
        """The next line. None: the client has said its last.

        Raises:
            ControlError: The line is too long.
            TimeoutError: It does not come.
        """
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as rest:
            # The last line of `printf '{...}' | nc -U` has no line feed.
            return rest.partial or None
        except asyncio.LimitOverrunError:
            raise ControlError(f"that is longer than {MESSAGE_BYTES} bytes") from None

    async def send(self, message: Mapping[str, object]) -> None:
        """Write a line; TimeoutError when the client does not read."""
        await self.send_line(encoded(message))

    async def send_line(self, line: bytes) -> None:
        """The same, for what many clients get."""
        self._writer.write(line)
        async with asyncio.timeout(self._patience_s):
            await self._writer.drain()

    def has_gone(self) -> bool:
        """Whether the client has hung up, rather than only said its last."""
        if self._writer.transport.is_closing():
            return True
        hung_up = select.poll()
        hung_up.register(self._writer.get_extra_info("socket").fileno(), 0)
        return bool(hung_up.poll(0))

    async def gone(self) -> None:
        """Returns when the client closes its side; what it still sends counts for nothing."""
        while await self._reader.read(MESSAGE_BYTES):
            pass

    def close(self) -> None:
        """At once: what was not read in time stays unread."""
        self._writer.transport.abort()
