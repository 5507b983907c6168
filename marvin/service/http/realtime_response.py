"""One answer of `/v1/realtime`, as its events."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, nullcontext
from typing import Any

from marvin.audio.resample import Resampler
from marvin.errors import MarvinError, first_error
from marvin.mind.memory import Memory, estimate_tokens
from marvin.pcm import finite, to_int16
from marvin.service.gated_voice import voice_for_client
from marvin.service.http.api_error import failed
from marvin.service.http.audio_formats import OUT_HZ
from marvin.service.http.chat_endpoint import sentences_of
from marvin.service.http.realtime_items import RealtimeItem, new_id
from marvin.service.room_first import behind_the_room
from marvin.service.served_engines import PRIORITY, ServedEngines
from marvin.types import AudioChunk, Samples, Utterance

_LOGGER = logging.getLogger(__name__)

Send = Callable[..., Awaitable[None]]
"""Sends an event: its type and its fields."""


class RealtimeResponse:
    """Answers an item, in a task of its own."""

    def __init__(
        self,
        served: ServedEngines,
        send: Send,
        asked: RealtimeItem,
        memory: Memory,
        *,
        aloud: bool,
        on_transcript: Callable[[RealtimeItem], Awaitable[None]],
        on_answer: Callable[[RealtimeItem], str | None],
    ) -> None:
        """`on_transcript` is told once the asked item has its text, `on_answer` of the answer's
        item; it returns the id of the one before it."""
        self._served = served
        self._send = send
        self._asked = asked
        self._said = asked.utterance if asked.text is None else asked.text
        self._memory = memory
        self._aloud = aloud
        self._on_transcript = on_transcript
        self._on_answer = on_answer
        self._id = new_id("resp")
        self._item: RealtimeItem | None = None
        self._resampler = Resampler(OUT_HZ, OUT_HZ)
        self._task = asyncio.create_task(self._run())
        self._why = ""
        """Why it was cancelled."""

    @property
    def active(self) -> bool:
        return not self._task.done()

    async def cancel(self, why: str) -> None:
        """Stop it. With a reason, its last events are sent."""
        self._why = why
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        await self._send("response.created", response=self._as_json("in_progress"))
        status = "completed"
        details: dict[str, Any] | None = None
        try:
            try:
                await self._answer()
            except asyncio.CancelledError:
                if not self._why:
                    raise
                status, details = "cancelled", {"type": "cancelled", "reason": self._why}
        except* MarvinError as errors:
            error = failed(first_error(errors)).body
            status = "failed"
            details = {"type": "failed", "error": {"type": error["type"], "code": error["code"]}}
            # The status has no room for the message.
            await self._send("error", error=error)
        except* Exception as errors:
            # A bug: it ends this response and nothing else.
            _LOGGER.error("a response failed", exc_info=errors)
            status, details = "failed", {"type": "failed", "error": {"type": "server_error"}}
        await self._end(status, details)

    async def _answer(self) -> None:
        """Raises StageError, or a group of them."""
        said, heard = self._said, isinstance(self._said, Utterance)
        assert said is not None
        async with behind_the_room(self._served), asyncio.TaskGroup() as tasks:
            async with self._served.gates.passed("stt") if heard else nullcontext():
                response = self._served.mind.respond(said, self._memory, tasks, priority=PRIORITY)
                await response.settled()
            try:
                if heard:
                    self._asked.transcribed((await response.transcript()).text)
                    await self._on_transcript(self._asked)
                sentences = self._told(sentences_of(self._served, response, self._memory))
                if self._aloud:
                    language = self._memory.dialogue.language
                    voice = voice_for_client(self._served, self, language)
                    await voice.speak(sentences)
                    await self._audio(self._resampler.finish())
                else:
                    async with aclosing(sentences):
                        async for _ in sentences:
                            pass
            finally:
                response.discard()

    async def _told(self, sentences: AsyncGenerator[str]) -> AsyncGenerator[str]:
        """The sentences, each of which the client is told before it is spoken."""
        async with aclosing(sentences):
            async for sentence in sentences:
                item = self._item or await self._begin()
                delta = f" {sentence}" if item.text else sentence
                item.text = (item.text or "") + delta
                kind = "output_audio_transcript" if self._aloud else "output_text"
                await self._tell(f"{kind}.delta", delta=delta)
                yield sentence

    async def _begin(self) -> RealtimeItem:
        item = self._item = RealtimeItem(
            new_id("item"), "assistant", "", spoken=self._aloud, status="in_progress"
        )
        before = self._on_answer(item)
        shown = item.as_json()
        await self._send(
            "response.output_item.added", response_id=self._id, output_index=0, item=shown
        )
        await self._send("conversation.item.added", previous_item_id=before, item=shown)
        await self._tell("content_part.added", part=self._part(item))
        return item

    async def _end(self, status: str, details: dict[str, Any] | None) -> None:
        if (item := self._item) is not None:
            item.status = "completed" if status == "completed" else "incomplete"
            if self._aloud:
                await self._tell("output_audio.done")
                await self._tell("output_audio_transcript.done", transcript=item.text)
            else:
                await self._tell("output_text.done", text=item.text)
            await self._tell("content_part.done", part=self._part(item))
            shown = item.as_json()
            await self._send(
                "response.output_item.done", response_id=self._id, output_index=0, item=shown
            )
            await self._send("conversation.item.done", previous_item_id=None, item=shown)
        await self._send("response.done", response=self._as_json(status, details))

    async def _tell(self, kind: str, **more: object) -> None:
        assert self._item is not None
        await self._send(
            f"response.{kind}",
            response_id=self._id,
            item_id=self._item.id,
            output_index=0,
            content_index=0,
            **more,
        )

    def _part(self, item: RealtimeItem) -> dict[str, Any]:
        """In these two events alone, audio is called `audio`."""
        if self._aloud:
            return {"type": "audio", "transcript": item.text}
        return {"type": "text", "text": item.text}

    def _as_json(self, status: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
        output: Sequence[dict[str, Any]] = () if self._item is None else (self._item.as_json(),)
        asked = estimate_tokens(self._asked.text or "")
        said = estimate_tokens(self._item.text or "") if self._item else 0
        usage = {"input_tokens": asked, "output_tokens": said, "total_tokens": asked + said}
        return {
            "id": self._id,
            "object": "realtime.response",
            "status": status,
            "status_details": details,
            "output": output,
            "output_modalities": ["audio" if self._aloud else "text"],
            "usage": None if status == "in_progress" else usage,
        }

    async def _audio(self, samples: Samples) -> None:
        if not len(samples):
            return
        assert self._item is not None
        self._item.spoken_ms += len(samples) * 1000 // OUT_HZ
        for at in range(0, len(samples), OUT_HZ):
            part = to_int16(samples[at : at + OUT_HZ]).astype("<i2").tobytes()
            await self._tell("output_audio.delta", delta=base64.b64encode(part).decode())

    # The sink of the voice.

    async def play(self, chunk: AudioChunk) -> None:
        if chunk.rate_hz != self._resampler.from_hz:
            await self._audio(self._resampler.finish())
            self._resampler = Resampler(chunk.rate_hz, OUT_HZ)
        await self._audio(self._resampler.process(finite(chunk.samples)))

    async def drained(self) -> None:
        """The client plays."""

    def flush(self) -> float:
        return 0.0

    def set_volume(self, volume: float) -> None:
        """The client has its own."""
