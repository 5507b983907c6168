"""The connection to one client, bounded in bytes and time."""

import asyncio
import select
from collections.abc import Mapping

from marvin.errors import ControlError
from marvin.service.control.peer import Peered
from marvin.service.control.requests import MESSAGE_BYTES, encoded


class Connection:
    """Line-based. Every method raises ConnectionError when the client has gone."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience_s: float
    ) -> None:
        """`patience_s`: the time limit for a client to send or read one line."""
        self._reader = reader
        self._writer = writer
        self._patience_s = patience_s
        # Makes `drain` wait until the kernel has taken the whole line.
        writer.transport.set_write_buffer_limits(high=0)

    @property
    def peer(self) -> Peered:
        """The socket, for peer credentials."""
        connected: Peered = self._writer.get_extra_info("socket")
        return connected

    async def receive(self) -> bytes | None:
        """The next line; None at the end of input.

        Raises:
            ControlError: The line is too long.
            TimeoutError: No line came in time.
        """
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as rest:
            # `printf '{...}' | nc -U` ends without a line feed.
            return rest.partial or None
        except asyncio.LimitOverrunError:
            raise ControlError(f"the request is longer than {MESSAGE_BYTES} bytes") from None

    async def send(self, message: Mapping[str, object]) -> None:
        """Write a line; raises TimeoutError if the client does not read."""
        await self.send_line(encoded(message))

    async def send_line(self, line: bytes) -> None:
        """`send` for an encoded line."""
        self._writer.write(line)
        async with asyncio.timeout(self._patience_s):
            await self._writer.drain()

    def has_gone(self) -> bool:
        """Whether the client has closed the connection, not just its sending side."""
        if self._writer.transport.is_closing():
            return True
        hung_up = select.poll()
        hung_up.register(self._writer.get_extra_info("socket").fileno(), 0)
        return bool(hung_up.poll(0))

    async def gone(self) -> None:
        """Returns when the client closes its side; ignores what it still sends."""
        while await self._reader.read(MESSAGE_BYTES):
            pass

    def close(self) -> None:
        """Close at once, discarding unsent data."""
        self._writer.transport.abort()
