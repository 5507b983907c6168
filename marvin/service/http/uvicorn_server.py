"""Runs a web application on a socket until cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

_ACCEPTED = 64
"""Connections accepted before the first of them can be closed."""
_LONGEST_MESSAGE = 2 * 1024 * 1024
"""Of a websocket, in bytes: half a minute of audio."""
_CLOSE_S = 1
"""Time for open connections when the server stops."""


async def run_application(application: ASGIApp, listening: socket.socket) -> None:
    import uvicorn

    # Needs uvicorn at once.
    connections = import_module("marvin.service.http.bounded_connections")

    # Its messages are about the mistakes of clients, which could fill a disk.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    server = _quiet_server(
        uvicorn.Config(
            application,
            http=connections.BoundedHttp,
            ws=connections.BoundedWebsocket,
            ws_max_size=_LONGEST_MESSAGE,
            # A small message could become a huge one.
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=_ACCEPTED,
            timeout_graceful_shutdown=_CLOSE_S,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await asyncio.wait([serving])


def _quiet_server(config: uvicorn.Config) -> uvicorn.Server:
    """Leaves signals to the process that it is part of."""
    import uvicorn

    class QuietServer(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return QuietServer(config)
