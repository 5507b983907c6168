"""The Wyoming server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from marvin.config.serve_table import ListenAddress, ServeConfig
from marvin.errors import ServerError
from marvin.events import Event, Serving

if TYPE_CHECKING:
    from marvin.service.server_set import ServedEngines

ANYBODY = "anybody on this network can use Marvin's engines, lists and timers: no password is asked"


class WyomingServer:
    """Listens, and serves each client on its own."""

    def __init__(
        self, served: ServedEngines, table: ServeConfig, report: Callable[[Event], None]
    ) -> None:
        self._served = served
        self._address = ListenAddress.parse(table.wyoming, "tcp")
        self._report = report

    async def run(self) -> None:
        """Serve until cancelled. Raises ServerError if it cannot listen."""
        address = self._address
        try:
            server = await asyncio.start_server(self._accept, address.host, address.port)
        except OSError as error:
            raise ServerError(
                f"serve.wyoming: cannot listen at {address.host}:{address.port}"
                f" ({error.strerror or error})"
            ) from error
        async with server:
            port = server.sockets[0].getsockname()[1]
            warning = "" if address.loopback else ANYBODY
            self._report(Serving("wyoming", f"tcp://{address.host}:{port}", warning))
            await server.serve_forever()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
