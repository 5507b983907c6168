"""Runs the configured servers for other programs, on the engines of this process."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from marvin.config.tables import Config
from marvin.engines.engine_set import EngineSet
from marvin.events import Event
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.service.wyoming.wyoming_server import WyomingServer

PRIORITY = 10
"""Of calls for clients: after those of the person in the room, whose priority is 0."""


@dataclass(frozen=True, slots=True)
class ServedEngines:
    """What servers answer with. Shared with the assistant, if there is one."""

    config: Config
    engines: EngineSet
    mind: Mind
    new_memory: Callable[[], Memory]
    """The memory of a new conversation."""


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
    return servers
