"""Reads Wyoming events within bounds.

An event is a line of JSON, perhaps more JSON behind it, and perhaps bytes. The reader of the
package `wyoming` believes every length that the other side names.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from marvin.boundary.files import parse_json

if TYPE_CHECKING:
    from wyoming.event import Event

MOST_LINE = 64 * 1024
"""Maximum bytes of an event's first line."""
MOST_BYTES = 8 * 1024 * 1024
"""Maximum bytes of each of the two parts behind it: three minutes of speech in one chunk, or a list
of thousands of voices."""


class NotWyomingError(Exception):
    """The message says what arrived instead of an event."""


async def read_event(
    reader: asyncio.StreamReader,
    *,
    most_data: int = MOST_BYTES,
    most_bytes: int = MOST_BYTES,
    idle_s: float | None = None,
    rest_s: float | None = None,
) -> Event | None:
    """The next event; None at the end of the connection. `reader` has the limit MOST_LINE.

    Args:
        reader: The connection.
        most_data: Limit on the JSON behind the first line.
        most_bytes: Limit on the bytes behind that.
        idle_s: Timeout for the first line.
        rest_s: Timeout for the rest.

    Raises:
        NotWyomingError: Something else arrived, or an event that is too long.
        OSError, EOFError: The connection broke, perhaps in the middle of an event, or a timeout.
    """
    from wyoming.event import Event

    try:
        async with asyncio.timeout(idle_s):
            line = await reader.readline()
    except ValueError:
        raise NotWyomingError("an endless line") from None
    if not line:
        return None
    head = _table(line)
    data = head.get("data") or {}
    async with asyncio.timeout(rest_s):
        if length := _length(head, "data_length", most_data):
            data = {**data, **_table(await reader.readexactly(length))}
        payload = await reader.readexactly(_length(head, "payload_length", most_bytes))
    kind = head.get("type")
    if not isinstance(kind, str):
        raise NotWyomingError("JSON without a type")
    return Event(kind, data, payload or None)


def _table(text: bytes) -> dict[str, Any]:
    try:
        found = parse_json(text)
    except ValueError:
        page = text.lstrip()[:5].upper() in (b"HTTP/", b"<!DOC", b"<HTML")
        raise NotWyomingError("a web page" if page else "something that is not JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("data") or {}, dict):
        raise NotWyomingError("JSON that is not an event")
    return found


def _length(head: dict[str, Any], key: str, most: int) -> int:
    length = head.get(key) or 0
    if type(length) is not int or not 0 <= length <= most:
        raise NotWyomingError("an event of impossible size")
    return length
