"""Server-sent events as chat servers write them, which is not always standard.

httpx2 and httpx-sse follow the standard: they drop `error:` lines and bare JSON, in which servers
report failures in mid-stream, and a last event without an empty line after it.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

LONGEST_EVENT = 1024 * 1024
"""In bytes, decompressed; a piece of text with log probabilities has a hundredth of that."""
LONGEST_STREAM = 16 * LONGEST_EVENT
"""In bytes, including reasoning and keep-alives."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_AT_ONCE = 64 * 1024
"""Bytes between yields to the event loop: a decompression bomb is a million lines in one piece."""


class TooLongError(Exception):
    """An endless event or stream."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    name: str
    """`message` by default."""
    data: str
    """Its `data:` lines, or what the server wrote instead."""


async def events(pieces: AsyncIterator[bytes]) -> AsyncIterator[ServerEvent]:
    """Raises TooLongError at a limit."""
    name, data, size = "", list[str](), 0
    async for raw in _lines(pieces):
        line = raw.decode("utf-8", "replace").strip(" \t")
        size += len(raw)
        if size > LONGEST_EVENT:
            raise TooLongError
        if not line:
            if name or data:
                yield ServerEvent(name or "message", "\n".join(data))
            name, data, size = "", [], 0
            continue
        if line[0] in "{[":
            yield ServerEvent("message", line)
            continue
        field, _, value = line.partition(":")
        if field == "data":
            data.append(value.removeprefix(" "))
        elif field == "event":
            name = value.strip()
        elif field == "error":
            yield ServerEvent("error", value.strip())
    if name or data:
        yield ServerEvent(name or "message", "\n".join(data))


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Lines, which end in CR, LF or both."""
    rest = bytearray()
    total = 0
    after_cr, first = False, True
    async for piece in _small(pieces):
        total += len(piece)
        if total > LONGEST_STREAM:
            raise TooLongError
        # The LF of a CRLF split across two pieces does not end another line.
        text = piece[1:] if after_cr and piece.startswith(b"\n") else piece
        after_cr = piece.endswith(b"\r")
        *whole, last = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in whole:
            rest += line
            yield bytes(rest).removeprefix(_BYTE_ORDER_MARK) if first else bytes(rest)
            rest.clear()
            first = False
        rest += last
        if len(rest) > LONGEST_EVENT:
            raise TooLongError
    if rest:
        yield bytes(rest).removeprefix(_BYTE_ORDER_MARK) if first else bytes(rest)


async def _small(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        for at in range(0, len(piece), _AT_ONCE):
            yield piece[at : at + _AT_ONCE]
            await asyncio.sleep(0)
