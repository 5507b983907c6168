"""Serves the events of a client that are about its audio."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from marvin.conversation.ear import Ear
from marvin.conversation.session_room import SessionRoom
from marvin.engines.workers.worker import Worker
from marvin.service.served_engines import ServedEngines
from marvin.service.wyoming.audio_requests import (
    EAR_S,
    AudioRequest,
    NewEar,
    TranscriptRequest,
    WakeRequest,
)
from marvin.service.wyoming.bounded_stream import BoundedStream, RefusedEventError
from marvin.service.wyoming.event_fields import language_of
from marvin.service.wyoming.incoming_audio import IncomingAudio

if TYPE_CHECKING:
    from wyoming.event import Event as WyomingEvent


class AudioEvents:
    """Audio is for a transcript unless the client has asked for the wake word."""

    def __init__(self, stream: BoundedStream, served: ServedEngines, new_ear: NewEar) -> None:
        self._stream = stream
        self._served = served
        self._new_ear = new_ear
        self._owned = AsyncExitStack()
        self._ear: Worker[Ear] | None = None
        # What a client has been told of its wake word cannot be taken back: it never leaves.
        self._room = SessionRoom("", served.rooms)
        self._detects = False
        self._language = ""
        self._request: AudioRequest | None = None
        self._audio = IncomingAudio()
        self.served = {
            "transcribe": self._transcribe,
            "detect": self._detect,
            "audio-start": self._start,
            "audio-chunk": self._chunk,
            "audio-stop": self._stop,
        }

    async def close(self) -> None:
        self._drop()
        self._room.close()
        await self._owned.aclose()

    async def _transcribe(self, event: WyomingEvent) -> None:
        self._drop()
        self._detects, self._language = False, language_of(event)

    async def _detect(self, event: WyomingEvent) -> None:
        self._drop()
        names = event.data.get("names")
        label = self._served.config.wake.label
        if isinstance(names, list) and names and label not in names:
            raise RefusedEventError(f"the only wake word here is {label!r}")
        if self._ear is None:
            self._ear = await self._owned.enter_async_context(self._new_ear())
        self._detects = True

    async def _start(self, event: WyomingEvent) -> None:
        self._drop()
        self._audio = IncomingAudio(event)
        await self._begin(event)

    async def _chunk(self, event: WyomingEvent) -> None:
        request = self._request or await self._begin(event)
        for chunk in self._audio.push(event):
            await request.hear(chunk)
            await asyncio.sleep(0)

    async def _stop(self, event: WyomingEvent) -> None:
        if self._request is None:
            raise RefusedEventError("audio-stop without audio")
        for chunk in self._audio.finish():
            await self._request.hear(chunk)
        await self._request.end()
        self._drop()

    async def _begin(self, event: WyomingEvent) -> AudioRequest:
        if self._detects and self._ear is not None:
            await self._ear.call(lambda ear, token: ear.reset(), EAR_S)
            start_ms = event.data.get("timestamp")
            self._request = WakeRequest(
                self._stream, self._ear, self._room, start_ms if type(start_ms) is int else 0
            )
        else:
            self._request = TranscriptRequest(self._served, self._stream, self._language)
        return self._request

    def _drop(self) -> None:
        """Forget audio that was not ended."""
        if self._request is not None:
            self._request.cancel()
        self._request, self._audio = None, IncomingAudio()
