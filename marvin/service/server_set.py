"""Runs the configured servers for other programs, on the engines of this process."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from marvin.events import Event
from marvin.service.http.http_server import HttpServer
from marvin.service.served_engines import ServedEngines
from marvin.service.wyoming.wyoming_server import WyomingServer


class Server(Protocol):
    async def run(self) -> None:
        """Listen, report a `Serving`, and serve until cancelled.

        Raises:
            ServerError: It cannot listen. Nothing that a client does raises.
        """


async def serve(served: ServedEngines, report: Callable[[Event], None]) -> None:
    """Run the configured servers until cancelled; returns at once if there are none.

    Raises:
        ServerError: One of them cannot listen.
    """
    async with asyncio.TaskGroup() as group:
        for server in _configured(served, report):
            group.create_task(server.run())


def _configured(served: ServedEngines, report: Callable[[Event], None]) -> list[Server]:
    table = served.config.serve
    servers: list[Server] = []
    if table.wyoming:
        servers.append(WyomingServer(served, table, report))
    if table.http:
        servers.append(HttpServer(served, table, report))
    return servers
