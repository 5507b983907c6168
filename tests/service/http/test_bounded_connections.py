"""Clients that keep connections and do nothing with them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from marvin.service.http import bounded_connections
from tests.service.http.web import Web, serving

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def connected(web: Web) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def ended(reader: asyncio.StreamReader) -> bool:
    """Waits for the end of the connection; whether it ended without an answer."""
    with contextlib.suppress(ConnectionResetError):
        return await reader.read() == b""
    return True


async def test_connection_beyond_the_limit_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_connections, "CONNECTIONS", 1)
    async with serving() as web, connected(web) as (kept, writer):
        async with connected(web) as (refused, _):
            assert await ended(refused)
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert (await kept.read()).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("begun", [b"", b"GET /health HTTP/1.1\r\nHost:"])
async def test_header_that_never_ends_is_not_waited_for(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_connections, "HEADER_S", 0.05)
    async with serving() as web, connected(web) as (reader, writer):
        writer.write(begun)
        assert await ended(reader)


async def flood(writer: asyncio.StreamWriter) -> None:
    """Fills the buffers of both sides with answers, until the server ends it."""
    request = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    while True:
        writer.write(request * 1000)
        await writer.drain()


async def test_client_that_does_not_read_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_connections, "TAKE_S", 0.05)
    async with serving() as web, connected(web) as (_, writer):
        # asyncio's own reader would take 128 KiB, and then it reads no more.
        with pytest.raises(ConnectionError):
            await flood(writer)
