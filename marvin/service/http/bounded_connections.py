"""The connections of the web server: how many there are, and how long they may take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol  # noqa: TID253 - imported to serve
from uvicorn.protocols.websockets.websockets_sansio_impl import (  # noqa: TID253
    WebSocketsSansIOProtocol,
)

if TYPE_CHECKING:
    from asyncio.transports import BaseTransport

CONNECTIONS = 128
"""The next one is closed at once, before it costs more than a descriptor."""
HEADER_S = 10.0
"""Time for the header of a request."""
TAKE_S = 30.0
"""Time for a client to take what it is sent at a time, which is seconds of audio at most."""


class _Reader(asyncio.Protocol):
    """Aborts the connection of a client that does not read, also while it is being closed."""

    transport: asyncio.Transport
    _taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        # Whatever waits to be sent, however little, is noticed.
        self.transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking = asyncio.get_running_loop().call_later(TAKE_S, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._taken()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._taken()

    def _taken(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None


class BoundedHttp(_Reader, H11Protocol):
    _header: asyncio.TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            self.transport.abort()
        self._watch_header()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_header()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._header_over()

    def _watch_header(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._header_over()
        elif self._header is None:
            self._header = self.loop.call_later(HEADER_S, self.transport.abort)

    def _header_over(self) -> None:
        if self._header is not None:
            self._header.cancel()
            self._header = None


class BoundedWebsocket(_Reader, WebSocketsSansIOProtocol):
    """Comes from a BoundedHttp, which has counted it and timed its header."""
