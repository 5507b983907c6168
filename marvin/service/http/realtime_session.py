"""One client of `/v1/realtime`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from marvin.errors import MarvinError, StageError
from marvin.service.client_calls import transcribe
from marvin.service.http.api_error import ApiError, failed
from marvin.service.http.realtime_input import RealtimeInput, SpeechStarted, SpeechStopped
from marvin.service.http.realtime_items import RealtimeItem, RealtimeItems, new_id
from marvin.service.http.realtime_response import RealtimeResponse
from marvin.service.http.realtime_settings import (
    AudioAppend,
    ItemChosen,
    ItemCreate,
    NewItem,
    RealtimeSettings,
    ResponseCreate,
    ResponseWishes,
    SessionUpdate,
    read_event,
)
from marvin.service.http.sent_conversations import SentConversations
from marvin.service.served_engines import ServedEngines
from marvin.types import RATE_HZ, Message, Utterance

LONGEST_S = 3600
"""After this time the client has to connect again."""

_WAITING_S = 240.0
"""Audio that may wait to be transcribed."""


class RealtimeSession:
    """Takes one event after another, and answers in a task beside that."""

    def __init__(
        self,
        served: ServedEngines,
        model: str,
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        self._served = served
        self._model = model
        self._send_json = send
        self._id = new_id("sess")
        self._expires_at = int(time.time()) + LONGEST_S
        self._settings = RealtimeSettings()
        self.input = RealtimeInput(served.config, self._settings.audio.input.turn_detection)
        self._items = RealtimeItems()
        self._conversations = SentConversations(served.config, served.new_memory)
        self._dialogue = served.new_memory().dialogue
        self._response: RealtimeResponse | None = None
        self._next_item = new_id("item")
        """Of the audio that is not committed yet."""
        self._transcribing: dict[asyncio.Task[None], float] = {}
        """With the seconds of speech that each holds."""

    async def begin(self) -> None:
        await self._send("session.created", session=self._as_json())

    async def take(self, message: str) -> bool:
        """Act on a message; returns whether it was an event that could be acted on."""
        event_id = None
        try:
            kind, event = read_event(message)
            event_id = event.event_id
            await self._act(kind, event)
        except ApiError as error:
            await self._send("error", error={**error.body, "event_id": event_id})
            return False
        except StageError as error:
            await self._send("error", error={**failed(error).body, "event_id": event_id})
        return True

    async def close(self) -> None:
        if self._response is not None:
            await self._response.cancel("")
        for task in self._transcribing:
            task.cancel()
        if self._transcribing:
            await asyncio.wait(self._transcribing)

    async def _act(self, kind: str, event: object) -> None:
        """Raises ApiError, StageError."""
        match kind, event:
            case "session.update", SessionUpdate():
                self._settings = self._settings.updated(event.session)
                if "turn_detection" in event.session.get("audio", {}).get("input", {}):
                    self.input.detect(self._settings.audio.input.turn_detection)
                await self._send("session.updated", session=self._as_json())
            case _, AudioAppend():
                for found in await self.input.append(event.audio):
                    await self._hear(found)
            case "input_audio_buffer.commit", _:
                utterance = self.input.take()
                if utterance is None or utterance.speech_s < 0.1:
                    raise ApiError(400, "the buffer has less than 100 ms of audio")
                await self._commit(utterance, answer=False)
            case "input_audio_buffer.clear", _:
                self.input.clear()
                await self._send("input_audio_buffer.cleared")
            case _, ItemCreate():
                await self._create(event.item)
            case _, ItemChosen():
                await self._choose(kind, event)
            case _, ResponseCreate():
                self._respond(event.response)
            case "response.cancel", _:
                if self._response is None or not self._response.active:
                    raise ApiError(400, "there is no response to cancel")
                await self._response.cancel("client_cancelled")

    async def _hear(self, found: SpeechStarted | SpeechStopped) -> None:
        detection = self._settings.audio.input.turn_detection
        if isinstance(found, SpeechStarted):
            await self._send(
                "input_audio_buffer.speech_started",
                audio_start_ms=found.at_ms,
                item_id=self._next_item,
            )
            if detection is not None and detection.interrupt_response:
                await self._stop("turn_detected")
            return
        await self._send(
            "input_audio_buffer.speech_stopped",
            audio_end_ms=found.at_ms,
            item_id=self._next_item,
        )
        answer = detection is not None and detection.create_response
        await self._commit(found.utterance, answer=answer)

    async def _commit(self, utterance: Utterance, *, answer: bool) -> None:
        """Raises ApiError."""
        if sum(self._transcribing.values()) > _WAITING_S:
            raise ApiError(400, "too much audio waits to be transcribed: send it more slowly")
        item = RealtimeItem(self._next_item, "user", None, utterance, utterance.speech_s)
        self._next_item = new_id("item")
        before = self._items.add(item)
        await self._send("input_audio_buffer.committed", previous_item_id=before, item_id=item.id)
        await self._send_item(item, before)
        if answer:
            await self._stop("turn_detected")
            self._respond(ResponseWishes())
        elif self._settings.audio.input.transcription is not None:
            task = asyncio.create_task(self._transcribe(item, utterance))
            self._transcribing[task] = len(utterance.samples) / RATE_HZ
            task.add_done_callback(self._transcribing.pop)

    async def _transcribe(self, item: RealtimeItem, utterance: Utterance) -> None:
        try:
            item.transcribed((await transcribe(self._served, utterance)).text)
        except MarvinError as error:
            body = failed(error).body
            await self._send(
                "conversation.item.input_audio_transcription.failed",
                item_id=item.id,
                content_index=0,
                error=body,
            )
        else:
            await self._tell_transcript(item)

    async def _tell_transcript(self, item: RealtimeItem) -> None:
        if self._settings.audio.input.transcription is None or item.heard_s is None:
            return
        await self._send(
            "conversation.item.input_audio_transcription.completed",
            item_id=item.id,
            content_index=0,
            transcript=item.text,
            usage={"type": "duration", "seconds": round(item.heard_s, 2)},
        )

    async def _create(self, new: NewItem) -> None:
        """Raises ApiError."""
        if any(part.type == "input_audio" for part in new.content):
            raise ApiError(400, "send audio by input_audio_buffer.append", param="item.content")
        text = " ".join(part.text for part in new.content)
        item = RealtimeItem(new.id or new_id("item"), new.role, text)
        await self._send_item(item, self._items.add(item))

    async def _choose(self, kind: str, event: ItemChosen) -> None:
        """Raises ApiError."""
        item = self._items.find(event.item_id)
        if kind.endswith("retrieve"):
            await self._send("conversation.item.retrieved", item=item.as_json())
        elif kind.endswith("delete"):
            self._items.remove(item.id)
            await self._send("conversation.item.deleted", item_id=item.id)
        else:
            item.truncate(event.audio_end_ms)
            await self._send(
                "conversation.item.truncated",
                item_id=item.id,
                content_index=0,
                audio_end_ms=event.audio_end_ms,
            )

    def _respond(self, wishes: ResponseWishes) -> None:
        """Raises ApiError."""
        if self._response is not None and self._response.active:
            raise ApiError(
                400,
                "a response is in progress: wait for response.done, or cancel it",
                code="conversation_already_has_active_response",
            )
        asked = self._items.last_said()
        if asked is None or not (asked.text or asked.utterance):
            raise ApiError(400, "there is nothing to answer: the last item must be the user's")
        told = wishes.instructions or self._settings.instructions
        messages = list(self._items.messages(until=asked))
        memory = self._conversations.memory([Message("system", told), *messages])
        memory.dialogue = self._dialogue
        modalities = wishes.output_modalities or self._settings.output_modalities
        self._response = RealtimeResponse(
            self._served,
            self._send,
            asked,
            memory,
            aloud="audio" in modalities,
            on_transcript=self._tell_transcript,
            on_answer=self._items.add,
        )

    async def _stop(self, why: str) -> None:
        if self._response is not None and self._response.active:
            await self._response.cancel(why)

    async def _send_item(self, item: RealtimeItem, before: str | None) -> None:
        for kind in ("added", "done"):
            await self._send(
                f"conversation.item.{kind}", previous_item_id=before, item=item.as_json()
            )

    async def _send(self, kind: str, **fields: object) -> None:
        await self._send_json({"type": kind, "event_id": new_id("event"), **fields})

    def _as_json(self) -> dict[str, Any]:
        return {
            **self._settings.model_dump(),
            "id": self._id,
            "object": "realtime.session",
            "model": self._model,
            "expires_at": self._expires_at,
        }
