"""A satellite that is a room: it tells of its wake words, and speaks announcements.

All events are Wyoming's own. It enters with an `info` that names a satellite. Its `detection`, with
a `clearness_db` in its context, is answered by `not-detected` if another room answers. For an
announcement it is sent `synthesize`, and answers with `played` or `error`.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from marvin.boundary.terminal import one_line
from marvin.conversation.called_rooms import CalledRoom, check_name
from marvin.errors import ControlError
from marvin.service.wyoming.bounded_stream import BoundedStream, RefusedEventError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from wyoming.event import Event as WyomingEvent

    from marvin.service.served_engines import ServedEngines

_ANSWERS_S = 5.0
"""Time for a satellite to answer a ping."""
_SHOWN = 200
_AHEAD = 8
"""Answers that may wait for a satellite to read."""
_UNKNOWN_DB = -100.0
"""Of a satellite that does not say how clearly it hears: any other room is preferred."""


class SatelliteRoom:
    """Speaks through another machine."""

    def __init__(self, name: str, stream: BoundedStream) -> None:
        self.name = name
        self._stream = stream
        self._telling: set[asyncio.Task[None]] = set()
        self._one = asyncio.Lock()
        self._pong: asyncio.Future[None] | None = None
        self._played: asyncio.Future[str] | None = None
        """The satellite's error, or empty."""

    def leave(self, other: CalledRoom) -> bool:
        self.tell_answered(other)
        return True

    def tell_answered(self, other: CalledRoom) -> None:
        from wyoming.wake import NotDetected

        # One that sends wake words and reads no answers is told no more.
        if len(self._telling) < _AHEAD:
            self._start(self._stream.write(NotDetected(context={"room": other.name})))

    async def say(self, text: str) -> None:
        """Raises ControlError."""
        from wyoming.ping import Ping
        from wyoming.tts import Synthesize

        loop = asyncio.get_running_loop()
        async with self._one:
            self._pong, self._played = loop.create_future(), loop.create_future()
            try:
                async with asyncio.timeout(_ANSWERS_S):
                    await self._stream.write(Ping())
                    await self._pong
            except OSError:
                raise ControlError("it does not answer: is it switched on?") from None
            try:
                await self._stream.write(Synthesize(text))
            except OSError:
                raise ControlError("the connection to it was lost") from None
            if error := await self._played:
                raise ControlError(error)

    def answered(self) -> None:
        if self._pong is not None and not self._pong.done():
            self._pong.set_result(None)

    def played(self, error: str = "") -> None:
        if self._played is not None and not self._played.done():
            self._played.set_result(error)

    def close(self) -> None:
        self.played("the connection to it was lost")
        for task in self._telling:
            task.cancel()

    def _start(self, telling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_unless_gone(telling))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


class RoomEvents:
    def __init__(self, stream: BoundedStream, served: ServedEngines) -> None:
        self._stream = stream
        self._rooms = served.rooms
        self._own_name = served.config.serve.room
        self._room: SatelliteRoom | None = None
        self.served = {
            "info": self._enter,
            "detection": self._called,
            "pong": self._answered,
            "played": self._played,
            "error": self._failed,
        }

    def close(self) -> None:
        if self._room is not None:
            self._rooms.closed(self._room)
            self._room.close()
            self._room = None

    async def _enter(self, event: WyomingEvent) -> None:
        satellite = event.data.get("satellite")
        name = satellite.get("name") if isinstance(satellite, dict) else None
        if not isinstance(name, str) or not (name := one_line(name).strip()):
            # Of some other program, which is no satellite.
            return
        try:
            check_name(name, self._own_name)
        except ControlError as error:
            raise RefusedEventError(str(error)) from None
        self.close()
        self._room = SatelliteRoom(name, self._stream)
        self._rooms.opened(self._room)

    async def _called(self, event: WyomingEvent) -> None:
        if self._room is None:
            return
        context = event.data.get("context")
        clearness = context.get("clearness_db") if isinstance(context, dict) else None
        if not isinstance(clearness, int | float) or not math.isfinite(clearness):
            clearness = _UNKNOWN_DB
        answering = self._rooms.called(self._room, float(clearness))
        if answering is not self._room:
            self._room.tell_answered(answering)

    async def _answered(self, event: WyomingEvent) -> None:
        if self._room is not None:
            self._room.answered()

    async def _played(self, event: WyomingEvent) -> None:
        if self._room is not None:
            self._room.played()

    async def _failed(self, event: WyomingEvent) -> None:
        if self._room is not None:
            self._room.played(one_line(str(event.data.get("text"))[:_SHOWN]) or "it failed there")


async def _unless_gone(telling: Coroutine[Any, Any, None]) -> None:
    with suppress(OSError):
        await telling
