"""The event stream, for clients that may read slowly or not at all."""

import asyncio
from collections import deque

from marvin.events import Event, as_json
from marvin.service.control.connection import Connection
from marvin.service.control.requests import encoded

QUEUED = 256
"""Queued events per client; beyond that the oldest are dropped and counted."""


class Follower:
    """The event queue of one client."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque(maxlen=QUEUED)
        self._lost = 0
        self._more = asyncio.Event()

    def append(self, line: bytes) -> None:
        """Drops the oldest line if full; never waits."""
        self._lost += len(self._lines) == QUEUED
        self._lines.append(line)
        self._more.set()

    async def tell(self, connection: Connection) -> None:
        """Write the queue forever. Raises what `Connection.send` raises."""
        while True:
            await self._more.wait()
            if self._lost:
                lost, self._lost = self._lost, 0
                await connection.send({"event": "events_lost", "count": lost})
            await connection.send_line(self._lines.popleft())
            if not self._lines:
                self._more.clear()


class Followers:
    """All clients that follow the events."""

    def __init__(self) -> None:
        self._followers: set[Follower] = set()

    def publish(self, event: Event) -> None:
        """Queue an event for all followers; takes microseconds. Call it on the event loop."""
        if self._followers:
            line = encoded(as_json(event))
            for follower in self._followers:
                follower.append(line)

    async def follow(self, connection: Connection) -> None:
        """Stream events to the client; returns when it has gone or does not read."""
        follower = Follower()
        self._followers.add(follower)
        try:
            await connection.send({"ok": True})
            async with asyncio.TaskGroup() as group:
                telling = group.create_task(follower.tell(connection))
                await connection.gone()
                telling.cancel()
        except* OSError:
            # Gone in the middle of a line, or not reading for a minute (TimeoutError).
            pass
        finally:
            self._followers.discard(follower)
