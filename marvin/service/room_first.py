"""A language model in this process belongs to the room while somebody talks to Marvin there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from marvin.errors import ServerError
from marvin.service.served_engines import ServedEngines

_LOOK_S = 0.1
_BUSY = "somebody is talking to Marvin in the room: try again in a moment"


@asynccontextmanager
async def behind_the_room(served: ServedEngines) -> AsyncIterator[None]:
    """Answer a client: one after the other, and only until a turn begins in the room. An answer is
    long, and the room's own has a limit for its first words.

    Raises:
        ServerError: It is not the client's turn, or no longer.
    """
    if not served.engines.generators:
        # Servers elsewhere answer several at once.
        yield
        return
    async with served.gates.passed("llm"):
        if served.metrics.in_turn:
            raise ServerError(_BUSY)
        try:
            async with asyncio.timeout(None) as limit:
                loop = asyncio.get_running_loop()
                looking: asyncio.TimerHandle

                def look() -> None:
                    nonlocal looking
                    if served.metrics.in_turn:
                        limit.reschedule(loop.time())
                    else:
                        looking = loop.call_later(_LOOK_S, look)

                looking = loop.call_later(_LOOK_S, look)
                try:
                    yield
                finally:
                    looking.cancel()
        except TimeoutError:
            raise ServerError(_BUSY) from None
