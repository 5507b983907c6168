"""Speaks for a client: a whole text, or one that is still being written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from marvin.mind.spoken_text import SpokenText
from marvin.pcm import to_int16
from marvin.service.client_calls import synthesize
from marvin.service.served_engines import ServedEngines
from marvin.service.wyoming.bounded_stream import BoundedStream, RefusedEventError

LONGEST_TEXT = 20_000
"""Maximum length of a text to speak, in characters: twenty minutes."""
_BLOCK = 4096
"""Samples in an `audio-chunk`."""


class SpeechRequest:
    """Text goes in by `feed` until `end`; `run` sends the audio meanwhile."""

    def __init__(self, served: ServedEngines, stream: BoundedStream, language: str) -> None:
        self._served = served
        self._stream = stream
        self._language = language
        self._text = SpokenText()
        self._length = 0
        self._sentences: asyncio.Queue[str | None] = asyncio.Queue()

    def feed(self, text: str) -> None:
        """Raises RefusedEventError."""
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise RefusedEventError(f"a text to speak has at most {LONGEST_TEXT} characters")
        for sentence in self._text.feed(text):
            self._sentences.put_nowait(sentence)

    def end(self) -> None:
        for sentence in self._text.end():
            self._sentences.put_nowait(sentence)
        self._sentences.put_nowait(None)

    async def run(self) -> None:
        """Raises StageError, ServerError, OSError."""
        from wyoming.audio import AudioChunk, AudioStart, AudioStop

        rate_hz = 0
        async with aclosing(synthesize(self._served, self._each(), self._language)) as chunks:
            async for chunk in chunks:
                if not rate_hz:
                    rate_hz = chunk.rate_hz
                    await self._stream.write(AudioStart(rate_hz, 2, 1))
                numbers = to_int16(chunk.samples)
                for at in range(0, len(numbers), _BLOCK):
                    block = numbers[at : at + _BLOCK].tobytes()
                    await self._stream.write(AudioChunk(rate_hz, 2, 1, block))
        if not rate_hz:
            # Nothing to pronounce: an empty stream, at a rate that everybody plays.
            await self._stream.write(AudioStart(22_050, 2, 1))
        await self._stream.write(AudioStop())

    async def _each(self) -> AsyncIterator[str]:
        while (sentence := await self._sentences.get()) is not None:
            yield sentence
