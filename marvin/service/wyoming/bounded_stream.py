"""Reads and writes the events of one client within limits, which wyoming's own reader lacks."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from marvin.errors import MarvinError

if TYPE_CHECKING:
    from wyoming.event import Event as WyomingEvent
    from wyoming.event import Eventable

LINE_BYTES = 64 * 1024
"""Longest first line of an event."""
DATA_BYTES = PAYLOAD_BYTES = 1024 * 1024
"""Longest data, and longest audio, that follow it: half a minute at 16 kHz."""
IDLE_S = 600.0
"""A client that sends nothing for this long is disconnected."""
EVENT_S = 30.0
"""Time for the rest of an event once it has begun, and for a client to take what it is sent."""


class RefusedEventError(MarvinError):
    """A client has sent what cannot be served. It is told the message, and disconnected."""


class BoundedStream:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The reader's own limit is LINE_BYTES."""
        self._reader = reader
        self._writer = writer

    @property
    def host(self) -> str:
        """Address of the client."""
        return str((self._writer.get_extra_info("peername") or ("",))[0])

    async def read(self) -> WyomingEvent | None:
        """The next event; None if the client has gone. Raises RefusedEventError, OSError."""
        from wyoming.event import Event

        try:
            async with asyncio.timeout(IDLE_S):
                line = await self._reader.readuntil()
            header = _object(line)
            async with asyncio.timeout(EVENT_S):
                data = header.get("data") or {}
                if length := _length(header, "data_length", DATA_BYTES):
                    data = _object(await self._reader.readexactly(length))
                payload = None
                if length := _length(header, "payload_length", PAYLOAD_BYTES):
                    payload = await self._reader.readexactly(length)
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError:
            raise RefusedEventError(f"a line has more than {LINE_BYTES} bytes") from None
        kind = header.get("type")
        if not isinstance(kind, str) or not isinstance(data, dict):
            raise RefusedEventError("an event needs a type, and its data is an object")
        return Event(kind, data, payload)

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
        while await self._reader.read(LINE_BYTES):
            pass

    def close(self) -> None:
        self._writer.close()


def _object(text: bytes) -> dict[str, Any]:
    """Raises RefusedEventError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise RefusedEventError("this is not Wyoming: an event begins with a line of JSON")
    return value


def _length(header: dict[str, Any], key: str, most: int) -> int:
    """Raises RefusedEventError."""
    length = header.get(key) or 0
    if type(length) is not int or not 0 <= length <= most:
        raise RefusedEventError(f"{key} should be a whole number up to {most}")
    return length
