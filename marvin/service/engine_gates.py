"""Lets the clients of the servers use an engine one after the other, behind the room."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from marvin.errors import ServerError

WAIT_S = 60.0
"""How long a client waits for the clients before it."""


class EngineGates:
    """An engine gets the next client's call only when the last one is done: so a call of the room
    waits for at most one of a client, and the time limit of a call does not include the queue."""

    def __init__(self) -> None:
        self._gates: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def passed(self, engine: str) -> AsyncIterator[None]:
        """Hold the gate of an engine, by the key of its table. Raises ServerError."""
        gate = self._gates.setdefault(engine, asyncio.Lock())
        try:
            async with asyncio.timeout(WAIT_S):
                await gate.acquire()
        except TimeoutError:
            raise ServerError(f"{engine} is busy: try again later") from None
        try:
            yield
        finally:
            gate.release()
