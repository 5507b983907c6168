"""Reads and writes the events of one client within limits, which wyoming's own reader lacks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from marvin.backends.wyoming.framing import MOST_LINE, NotWyomingError, read_event
from marvin.errors import MarvinError

if TYPE_CHECKING:
    from wyoming.event import Event as WyomingEvent
    from wyoming.event import Eventable

MOST_PART = 1024 * 1024
"""Maximum bytes of the audio of an event: half a minute at 16 kHz."""
IDLE_S = 600.0
"""A client that sends nothing for this long is disconnected."""
EVENT_S = 30.0
"""Time for the rest of an event once it has begun, and for a client to take what it is sent."""

CLOSE_S = 10.0
"""Time for a client to take the last of what it is sent."""
_MOST_DATA = 128 * 1024
"""Maximum bytes of an event's data, which is parsed at once: the longest text to speak, escaped."""


class RefusedEventError(MarvinError):
    """A client has sent what cannot be served. It is told the message, and disconnected."""


class BoundedStream:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The reader's own limit is MOST_LINE."""
        self._reader = reader
        self._writer = writer

    @property
    def host(self) -> str:
        """Address of the client."""
        return str((self._writer.get_extra_info("peername") or ("",))[0])

    async def read(self) -> WyomingEvent | None:
        """The next event; None if the client has gone. Raises RefusedEventError, OSError."""
        try:
            return await read_event(
                self._reader,
                most_data=_MOST_DATA,
                most_bytes=MOST_PART,
                idle_s=IDLE_S,
                rest_s=EVENT_S,
            )
        except EOFError:
            return None
        except NotWyomingError as error:
            raise RefusedEventError(f"not an event of Wyoming: {error}") from None

    async def write(self, message: Eventable) -> None:
        """Raises OSError if the client has gone or does not read (TimeoutError is one)."""
        from wyoming.event import async_write_event

        async with asyncio.timeout(EVENT_S):
            await async_write_event(message.event(), self._writer)

    def end(self) -> None:
        """Tell the client that it will be sent nothing more."""
        self._writer.write_eof()

    async def discard(self) -> None:
        """Read until the client ends, ignoring everything. Raises OSError."""
        while await self._reader.read(MOST_LINE):
            pass

    def close(self) -> None:
        self._writer.close()
        # What it does not read would keep the connection for ever.
        asyncio.get_running_loop().call_later(CLOSE_S, self._writer.transport.abort)
