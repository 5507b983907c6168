"""Lets the clients of the servers use an engine one after the other, behind the room."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from marvin.errors import ServerError

WAIT_S = 60.0
"""How long a client waits for the clients before it."""

ResultT = TypeVar("ResultT")


class EngineGates:
    """An engine gets the next client's call only when the last one is done: so a call of the room
    waits for at most one of a client, and the time limit of a call does not include the queue."""

    def __init__(self) -> None:
        self._gates: dict[str, asyncio.Lock] = {}
        self._unstoppable: set[asyncio.Task[Any]] = set()

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

    async def whole(self, engine: str, call: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Await a call behind the gate. Once begun it is not stopped, even if its client leaves: an
        engine that is slow to notice that would count as hanging, and be loaded again.

        Raises the errors of the call, ServerError.
        """
        begun = False

        async def work() -> ResultT:
            nonlocal begun
            async with self.passed(engine):
                begun = True
                return await call

        task = asyncio.create_task(work())
        self._unstoppable.add(task)
        task.add_done_callback(self._unstoppable.discard)
        try:
            return await asyncio.shield(task)
        finally:
            if not begun:
                call.close()
                task.cancel()
