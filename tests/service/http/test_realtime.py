"""Spoken conversations by OpenAI's client, with the real voice activity detection."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from marvin.audio.reader import open_audio, read_blocks
from marvin.audio.resample import Resampler
from marvin.errors import TranscriptionError
from marvin.pcm import to_int16
from marvin.service.http.access import KEY_PROTOCOL, AccessRules
from marvin.types import Message, ReplyItem, Say
from tests.fakes import FakeLanguageModel, FakeSkills, FakeTranscriber
from tests.paths import SAMPLES
from tests.service.http.web import KEY, Web, serving

QUESTION = "what time is it"
SKILLS: dict[str, Sequence[ReplyItem] | Exception] = {QUESTION: [Say("It is seven. Good morning.")]}


def spoken() -> Sequence[str]:
    """A question and a second of silence, as clients send it."""
    with open_audio(SAMPLES / "what_time_is_it.wav") as file:
        samples = np.concatenate(list(read_blocks(file)))
        samples = Resampler(file.samplerate, 24_000).process(samples, last=True)
    audio = to_int16(np.concatenate((samples, np.zeros(24_000, np.float32)))).tobytes()
    # Pieces of an odd number of bytes, as a careless client cuts them.
    return [base64.b64encode(audio[at : at + 9_601]).decode() for at in range(0, len(audio), 9_601)]


@asynccontextmanager
async def connected(web: Web, **session: Any) -> AsyncIterator[AsyncRealtimeConnection]:
    async with web.client() as client, client.realtime.connect(model="marvin") as connection:
        assert (await connection.recv()).type == "session.created"
        if session:
            settings: Any = {"type": "realtime", **session}
            await connection.session.update(session=settings)
            assert (await connection.recv()).type == "session.updated"
        yield connection


async def until(connection: AsyncRealtimeConnection, last: str) -> list[dict[str, Any]]:
    """The events up to one of this type."""
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(120):
        while not events or events[-1]["type"] != last:
            events.append((await connection.recv()).to_dict())
    return events


async def test_spoken_question_gets_a_spoken_answer() -> None:
    transcriber = FakeTranscriber(QUESTION)
    transcription = {"audio": {"input": {"transcription": {"model": "whisper-1"}}}}
    async with (
        serving(transcriber=transcriber, skills=FakeSkills(SKILLS)) as web,
        connected(web, **transcription) as connection,
    ):
        for piece in spoken():
            await connection.input_audio_buffer.append(audio=piece)
        events = await until(connection, "response.done")
    order = [event["type"] for event in events if not event["type"].endswith(".delta")]
    assert order == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "conversation.item.input_audio_transcription.completed",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    of = {event["type"]: event for event in events}
    heard = of["conversation.item.input_audio_transcription.completed"]
    assert heard["transcript"] == QUESTION
    audio = b"".join(
        base64.b64decode(event["delta"])
        for event in events
        if event["type"] == "response.output_audio.delta"
    )
    # Two sentences, of two chunks of 50 ms each.
    assert len(audio) == pytest.approx(0.2 * 24_000 * 2, abs=8)
    done = of["response.done"]["response"]
    assert done["status"] == "completed"
    assert done["output"][0]["content"][0]["transcript"] == "It is seven. Good morning."
    speech = transcriber.utterances[0]
    started, stopped = events[0]["audio_start_ms"], events[1]["audio_end_ms"]
    assert len(speech.samples) == (stopped - started) * 16
    assert speech.speech_s > 0.3


async def test_committed_audio_is_transcribed_and_answered_when_asked() -> None:
    transcriber = FakeTranscriber(QUESTION)
    settings = {
        "audio": {"input": {"turn_detection": None, "transcription": {}}},
        "output_modalities": ["text"],
    }
    async with (
        serving(transcriber=transcriber, skills=FakeSkills(SKILLS)) as web,
        connected(web, **settings) as connection,
    ):
        for piece in spoken():
            await connection.input_audio_buffer.append(audio=piece)
        await connection.input_audio_buffer.commit()
        events = await until(connection, "conversation.item.input_audio_transcription.completed")
        await connection.response.create()
        events += await until(connection, "response.done")
        await connection.input_audio_buffer.commit()
        assert (await connection.recv()).type == "error"
    deltas = [event["delta"] for event in events if event["type"] == "response.output_text.delta"]
    assert deltas == ["It is seven.", " Good morning."]
    assert len(transcriber.utterances) == 1


class Endless(FakeLanguageModel):
    """Writes until it is stopped, and keeps what it was told."""

    def __init__(self) -> None:
        super().__init__("Here is the first. And the")
        self.told: list[Sequence[Message]] = []
        self.stopped = asyncio.Event()

    async def reply(self, messages: Sequence[Message]) -> Any:
        self.told.append(messages)
        try:
            async for delta in super().reply(messages):
                yield delta
            await asyncio.Event().wait()
        finally:
            self.stopped.set()


async def test_typed_conversation_is_cancelled_truncated_and_goes_on() -> None:
    model = Endless()
    async with (
        serving(language_model=model) as web,
        connected(web, instructions="Be brief.") as connection,
    ):
        item: Any = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "hello"}],
        }
        await connection.conversation.item.create(item=item)
        await connection.response.create()
        events = await until(connection, "response.output_audio.delta")
        await connection.response.create()
        [*_, error] = await until(connection, "error")
        assert error["error"]["code"] == "conversation_already_has_active_response"
        await connection.response.cancel()
        [*_, done] = await until(connection, "response.done")
        assert done["response"]["status"] == "cancelled"
        assert done["response"]["status_details"]["reason"] == "client_cancelled"
        await model.stopped.wait()
        await connection.conversation.item.truncate(
            item_id=events[-1]["item_id"], content_index=0, audio_end_ms=50
        )
        await until(connection, "conversation.item.truncated")
        await connection.conversation.item.create(item=item)
        await connection.response.create()
        await until(connection, "response.output_audio.delta")
    told = [(one.role, one.text) for one in model.told[-1]]
    assert told[0][1].startswith("Be brief.")
    assert told[1:] == [("user", "hello"), ("assistant", "Here is …"), ("user", "hello")]


async def test_speech_interrupts_the_answer() -> None:
    model = Endless()
    transcriber = FakeTranscriber("tell me", "stop")
    async with (
        serving(transcriber=transcriber, language_model=model) as web,
        connected(web) as connection,
    ):
        for piece in spoken():
            await connection.input_audio_buffer.append(audio=piece)
        await until(connection, "response.output_audio.delta")
        for piece in spoken():
            await connection.input_audio_buffer.append(audio=piece)
        events = await until(connection, "response.done")
        assert events[-1]["response"]["status_details"]["reason"] == "turn_detected"
        await until(connection, "response.output_audio.delta")
    # The client hung up during the second answer.
    await asyncio.wait_for(model.stopped.wait(), 120)


async def test_engine_that_fails_ends_the_response_and_not_the_session() -> None:
    transcriber = FakeTranscriber(TranscriptionError("the recogniser is gone"), QUESTION)
    async with (
        serving(transcriber=transcriber, skills=FakeSkills(SKILLS)) as web,
        connected(web) as connection,
    ):
        for _ in range(2):
            for piece in spoken():
                await connection.input_audio_buffer.append(audio=piece)
            events = await until(connection, "response.done")
            status = events[-1]["response"]["status"]
            errors = [event["error"] for event in events if event["type"] == "error"]
            if status == "failed":
                assert errors[0]["message"] == "the recogniser is gone"
        assert status == "completed"


async def test_garbage_is_refused_and_then_the_client() -> None:
    import websockets

    wrong: list[str | bytes] = [
        "",
        "{",
        b"\x00\xff",
        "[]",
        json.dumps({"type": "no.such.event"}),
        json.dumps({"type": "input_audio_buffer.append", "audio": "???"}),
        json.dumps({"type": "input_audio_buffer.append", "audio": 5}),
        json.dumps({"type": "session.update", "session": {"output_modalities": ["smell"]}}),
        json.dumps({"type": "session.update", "session": {"audio": 5}}),
        json.dumps({"type": "session.update", "session": {"audio": {"input": 5}}}),
        json.dumps({"type": "conversation.item.delete", "item_id": "a"}),
        json.dumps({"type": "response.cancel"}),
        json.dumps({"type": "response.create"}),
        json.dumps({"type": "input_audio_buffer.commit"}),
    ]
    async with serving() as web:
        address = f"ws://127.0.0.1:{web.port}/v1/realtime?model=marvin"
        async with websockets.connect(address) as client:
            await client.recv()
            for message in wrong:
                await client.send(message)
                answer = json.loads(await client.recv())
                assert (answer["type"], answer["error"]["type"]) == (
                    "error",
                    "invalid_request_error",
                ), message
            for _ in range(20):
                await client.send("{")
            await client.wait_closed()
            assert client.close_code == 1008
        async with websockets.connect(address) as client:
            await client.recv()
            await client.send("a" * 3_000_000)
            await client.wait_closed()
            assert client.close_code == 1009
        # Others are served as before.
        async with websockets.connect(address) as client:
            assert json.loads(await client.recv())["type"] == "session.created"


async def test_who_may_open_a_websocket() -> None:
    import websockets

    rules = AccessRules(key=KEY, rate=1e6, websockets=1)
    async with serving(rules=rules) as web:
        address = f"ws://127.0.0.1:{web.port}/v1/realtime?model="
        own: Any = {"Authorization": f"Bearer {KEY}"}
        for status, name, headers in (
            (401, "marvin", {}),
            (401, "marvin", {"Authorization": "Bearer wrong"}),
            (403, "marvin", own | {"Origin": "http://evil.example"}),
            (404, "llama-7b", own),
        ):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(address + name, additional_headers=headers)
            assert refused.value.response.status_code == status, headers
            assert "error" in json.loads(refused.value.response.body)
        protocols: Any = ["realtime", f"{KEY_PROTOCOL}{KEY}"]
        page = f"http://127.0.0.1:{web.port}"
        async with websockets.connect(
            address + "marvin",
            subprotocols=protocols,
            origin=page,  # type: ignore[arg-type]
        ) as client:
            assert client.subprotocol == "realtime"
            assert json.loads(await client.recv())["type"] == "session.created"
            with pytest.raises(websockets.InvalidStatus) as busy:
                await websockets.connect(address + "marvin", additional_headers=own)
            assert busy.value.response.status_code == 503
