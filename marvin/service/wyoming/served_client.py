"""One client of the Wyoming server, from its first event to its last."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from marvin.boundary.redaction import redact
from marvin.boundary.terminal import one_line
from marvin.errors import MarvinError
from marvin.service.conversations import Conversations
from marvin.service.served_engines import ServedEngines
from marvin.service.wyoming.audio_events import AudioEvents
from marvin.service.wyoming.audio_requests import NewEar
from marvin.service.wyoming.bounded_stream import BoundedStream, RefusedEventError
from marvin.service.wyoming.event_fields import LONGEST_NAME
from marvin.service.wyoming.question_events import QuestionEvents
from marvin.service.wyoming.room_events import RoomEvents
from marvin.service.wyoming.service_info import service_info
from marvin.service.wyoming.speech_events import SpeechEvents

if TYPE_CHECKING:
    from wyoming.event import Event as WyomingEvent

_LOGGER = logging.getLogger(__name__)

_AHEAD = 4
"""Events read ahead of the one that is being served."""
_LINGER_S = 2.0
"""How long what a refused client still sends is read and ignored."""


class ServedClient:
    """Serves its events in order, and stops at once when the client has gone."""

    def __init__(
        self,
        stream: BoundedStream,
        served: ServedEngines,
        conversations: Conversations,
        new_ear: NewEar,
    ) -> None:
        self._stream = stream
        self._config = served.config
        self._audio = AudioEvents(stream, served, new_ear)
        self._speech = SpeechEvents(stream, served)
        self._room = RoomEvents(stream, served)
        self._events: asyncio.Queue[WyomingEvent | RefusedEventError] = asyncio.Queue(_AHEAD)
        self._served = {
            "describe": self._describe,
            "ping": self._ping,
            **self._audio.served,
            **self._speech.served,
            **self._room.served,
            **QuestionEvents(stream, served, conversations).served,
        }

    async def run(self) -> None:
        """Raises OSError if the client has gone or does not read."""
        both = asyncio.create_task(self._read()), asyncio.create_task(self._serve())
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            ended = await asyncio.gather(*both, return_exceptions=True)
            self._room.close()
            await self._speech.close()
            await self._audio.close()
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _read(self) -> None:
        """Ends when the client has gone."""
        try:
            while (event := await self._stream.read()) is not None:
                await self._events.put(event)
        except RefusedEventError as error:
            await self._events.put(error)
            await self._stream.discard()

    async def _serve(self) -> None:
        """Ends after an error, which it tells the client."""
        try:
            while True:
                event = await self._next()
                if isinstance(event, RefusedEventError):
                    raise event
                # What is unknown may be of a later version: the protocol says to drop it.
                if (serve := self._served.get(event.type)) is not None:
                    await serve(event)
        except MarvinError as error:
            await self._tell(error)

    async def _next(self) -> WyomingEvent | RefusedEventError:
        """Raises what speaking a text that is still being written has raised, too."""
        coming = asyncio.ensure_future(self._events.get())
        speaking = self._speech.speaking
        try:
            if speaking is not None and not speaking.done():
                await asyncio.wait((coming, speaking), return_when=asyncio.FIRST_COMPLETED)
            if speaking is not None and speaking.done():
                speaking.result()
            return await coming
        finally:
            coming.cancel()

    async def _tell(self, error: MarvinError) -> None:
        from wyoming.error import Error

        text = redact(one_line(str(error)))
        _LOGGER.info("a client of the Wyoming server: %s", text)
        code = "refused" if isinstance(error, RefusedEventError) else "failed"
        await self._stream.write(Error(text, code))
        self._stream.end()
        # To close while something is unread would reset the connection, and lose the error.
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while True:
                    await self._events.get()

    async def _describe(self, event: WyomingEvent) -> None:
        await self._stream.write(service_info(self._config))

    async def _ping(self, event: WyomingEvent) -> None:
        from wyoming.ping import Pong

        text = event.data.get("text")
        await self._stream.write(
            Pong(one_line(text[:LONGEST_NAME]) if isinstance(text, str) else None)
        )
