"""What a client wants to be done with its audio: a transcript, or the wake word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import numpy as np

from marvin.boundary.terminal import one_line
from marvin.conversation.ear import Ear
from marvin.conversation.hum import HumFilter
from marvin.conversation.session_room import SessionRoom
from marvin.engines.workers.worker import Worker
from marvin.errors import StageError
from marvin.service.client_calls import transcribe, transcribe_partly, utterance_of
from marvin.service.served_engines import ServedEngines
from marvin.service.wyoming.bounded_stream import BoundedStream, RefusedEventError
from marvin.types import RATE_HZ, AudioChunk, Samples

LONGEST_S = 20.0
"""Maximum length of speech to transcribe. A recogniser that holds the interpreter for longer, as
pocketsphinx does, would make the room deaf meanwhile."""
_SHORTEST_S = 0.1
"""Less than this holds no word."""
EAR_S = 3.0
"""A chunk takes milliseconds; past this limit the ear has hung."""

clock = time.monotonic

NewEar = Callable[[], AbstractAsyncContextManager[Worker[Ear]]]


class AudioRequest(Protocol):
    """Raises StageError, ServerError, RefusedEventError, OSError."""

    async def hear(self, chunk: AudioChunk) -> None: ...

    async def end(self) -> None:
        """The audio is over."""

    def cancel(self) -> None:
        """It will not be answered."""


class TranscriptRequest:
    """`transcribe`: answered after the audio, and by chunks of what is certain meanwhile, if the
    recogniser can."""

    def __init__(self, served: ServedEngines, stream: BoundedStream, language: str) -> None:
        self._served = served
        self._stream = stream
        self._language = language
        self._hum = HumFilter()
        self._blocks: list[Samples] = []
        self._heard = 0
        """Samples so far."""
        self._every = round(getattr(served.config.stt, "partial_s", 0.0) * RATE_HZ)
        self._asked = 0
        """Samples of the last partial transcript."""
        self._took = 0
        """How long that took, in samples."""
        self._partly: asyncio.Task[None] | None = None
        self._sent = ""
        """By `transcript-chunk`."""

    async def hear(self, chunk: AudioChunk) -> None:
        self._heard += len(chunk.samples)
        if self._heard > LONGEST_S * RATE_HZ:
            raise RefusedEventError(f"more than {LONGEST_S:g} s of audio")
        self._blocks.append(self._hum.clean(chunk).samples)
        idle = self._partly is None or self._partly.done()
        # At most half of the time, as for the person in the room.
        if self._every and idle and self._heard - self._asked >= max(self._every, 2 * self._took):
            self._asked = self._heard
            self._partly = asyncio.create_task(self._tell_partly(np.concatenate(self._blocks)))

    async def end(self) -> None:
        from wyoming.asr import Transcript, TranscriptStop

        self.cancel()
        text = ""
        if self._heard >= _SHORTEST_S * RATE_HZ:
            samples = np.concatenate(self._blocks)
            transcript = await transcribe(
                self._served, utterance_of(self._served, samples, self._language)
            )
            text = one_line(transcript.text)
            self._language = transcript.language or self._language
        if self._sent and text.startswith(self._sent):
            await self._add(text[len(self._sent) :])
        await self._stream.write(Transcript(text, language=self._language or None))
        if self._sent:
            await self._stream.write(TranscriptStop())

    def cancel(self) -> None:
        if self._partly is not None:
            self._partly.cancel()

    async def _tell_partly(self, samples: Samples) -> None:
        began_s = clock()
        try:
            partial = await transcribe_partly(
                self._served, utterance_of(self._served, samples, self._language)
            )
            self._took = round((clock() - began_s) * RATE_HZ)
            stable = one_line(partial.text[: partial.stable])
            # What was sent cannot be taken back.
            if len(stable) > len(self._sent) and stable.startswith(self._sent):
                await self._add(stable[len(self._sent) :])
        except (StageError, OSError):
            # The final transcript, or reading, will report it.
            return

    async def _add(self, text: str) -> None:
        from wyoming.asr import TranscriptChunk, TranscriptStart

        if not self._sent:
            await self._stream.write(TranscriptStart(language=self._language or None))
        if text:
            self._sent += text
            await self._stream.write(TranscriptChunk(text))


class WakeRequest:
    """`detect`: answered at each wake word, or at the end."""

    def __init__(
        self, stream: BoundedStream, ear: Worker[Ear], room: SessionRoom, start_ms: int = 0
    ) -> None:
        """`ear` and `room` are the client's own; `start_ms` is its time of the first sample."""
        self._stream = stream
        self._ear = ear
        self._room = room
        self._start_ms = start_ms
        self._detected = False

    async def hear(self, chunk: AudioChunk) -> None:
        from wyoming.wake import Detection

        heard = self._room.hear(
            await self._ear.call(
                lambda ear, token: ear.hear(chunk, armed=True, speaking=False), EAR_S
            )
        )
        if heard.detection is not None:
            self._detected = True
            at_ms = self._start_ms + round(1000 * heard.detection.at / RATE_HZ)
            await self._stream.write(Detection(heard.detection.phrase, at_ms))

    async def end(self) -> None:
        from wyoming.wake import NotDetected

        if not self._detected:
            await self._stream.write(NotDetected())

    def cancel(self) -> None:
        """Nothing runs between two chunks."""
