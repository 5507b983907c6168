"""Serves the events of a client that are about speech synthesis."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from marvin.service.served_engines import ServedEngines
from marvin.service.wyoming.bounded_stream import BoundedStream, RefusedEventError
from marvin.service.wyoming.event_fields import refuse_ssml, text_of, voice_language
from marvin.service.wyoming.speech_request import LONGEST_TEXT, SpeechRequest

if TYPE_CHECKING:
    from wyoming.event import Event as WyomingEvent


class SpeechEvents:
    """A whole text, or one that is still being written, which is spoken meanwhile."""

    def __init__(self, stream: BoundedStream, served: ServedEngines) -> None:
        self._stream = stream
        self._served = served
        self._written: SpeechRequest | None = None
        self.speaking: asyncio.Task[None] | None = None
        """Speaks what is still being written."""
        self.served = {
            "synthesize": self._whole,
            "synthesize-start": self._start,
            "synthesize-chunk": self._chunk,
            "synthesize-stop": self._stop,
        }

    async def close(self) -> None:
        if self.speaking is not None:
            self.speaking.cancel()
            await asyncio.gather(self.speaking, return_exceptions=True)

    async def _whole(self, event: WyomingEvent) -> None:
        # Between `synthesize-start` and `-stop` it is the same text, for servers without those.
        if self._written is None:
            speech = self._request(event)
            speech.feed(text_of(event, LONGEST_TEXT))
            speech.end()
            await speech.run()

    async def _start(self, event: WyomingEvent) -> None:
        if self._written is not None:
            raise RefusedEventError("synthesize-start again before synthesize-stop")
        self._written = self._request(event)
        self.speaking = asyncio.create_task(self._written.run())

    async def _chunk(self, event: WyomingEvent) -> None:
        self._begun(event).feed(text_of(event, LONGEST_TEXT))

    async def _stop(self, event: WyomingEvent) -> None:
        from wyoming.tts import SynthesizeStopped

        self._begun(event).end()
        if self.speaking is not None:
            await self.speaking
        self._written = self.speaking = None
        await self._stream.write(SynthesizeStopped())

    def _request(self, event: WyomingEvent) -> SpeechRequest:
        refuse_ssml(event)
        return SpeechRequest(self._served, self._stream, voice_language(event))

    def _begun(self, event: WyomingEvent) -> SpeechRequest:
        if self._written is None:
            raise RefusedEventError(f"{event.type} without synthesize-start")
        return self._written
