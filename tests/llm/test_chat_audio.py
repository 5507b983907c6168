"""Recordings to a chat server, which reads them by the types of OpenAI's own client."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import numpy as np
import pytest
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam
from pydantic import TypeAdapter

from marvin.config.llm import ChatConfig
from marvin.errors import LanguageModelError
from marvin.llm.chat.chat import ChatLanguageModel
from marvin.types import RATE_HZ, Message
from tests.faulty_server import Answer, FaultyServer
from tests.llm.chatting import PARIS

OFFICIAL: TypeAdapter[list[ChatCompletionMessageParam]] = TypeAdapter(
    list[ChatCompletionMessageParam]
)
SYSTEM = Message("system", "Be brief.")
SECOND = np.sin(np.arange(RATE_HZ, dtype=np.float32) * 0.3) * np.float32(0.5)
SPOKEN = Message("user", "what is the capital", audio=(SECOND,), spoken=True)
ABOUT = Message("user", "What is this?", audio=(SECOND, SECOND[: RATE_HZ // 2]))


class HearingServer(ThreadingHTTPServer):
    """Answers with what it has understood of the last message."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Understanding)
        self.messages: list[Any] = []

    def model(self) -> ChatLanguageModel:
        url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        return ChatLanguageModel.load(ChatConfig(base_url=url, audio=True))

    @contextmanager
    def running(self) -> Iterator[ChatLanguageModel]:
        thread = Thread(target=self.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self.model()
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class _Understanding(BaseHTTPRequestHandler):
    server: HearingServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.messages = list(OFFICIAL.validate_python(body["messages"]))
        parts = self.server.messages[-1]["content"]
        told = parts if isinstance(parts, str) else " ".join(map(_understood, parts))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(_event(told) + b"data: [DONE]\n\n")

    def log_message(self, *_: object) -> None: ...


def _understood(part: Any) -> str:
    if part["type"] == "text":
        return str(part["text"])
    import soundfile

    recording = part["input_audio"]
    assert recording["format"] == "wav"
    samples, rate_hz = soundfile.read(io.BytesIO(base64.b64decode(recording["data"])))
    loud = float(np.abs(samples).max())
    return f"{len(samples) / rate_hz:g} s at {rate_hz}, {loud:.1f}."


def _event(text: str) -> bytes:
    chunk = ChatCompletionChunk.model_validate(
        {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "voxtral",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": "stop"}],
        }
    )
    return f"data: {chunk.model_dump_json()}\n\n".encode()


async def answer(model: ChatLanguageModel, *messages: Message) -> str:
    return "".join([text async for text in model.reply([SYSTEM, *messages])])


async def test_a_server_gets_what_was_said_as_audio() -> None:
    hearing = HearingServer()
    with hearing.running() as model:
        assert await answer(model, SPOKEN) == "1 s at 16000, 0.5."
        earlier = Message("user", "Hello."), Message("assistant", "Hi.")
        assert await answer(model, *earlier, SPOKEN) == "1 s at 16000, 0.5."
        assert [one["role"] for one in hearing.messages] == ["system", "user", "assistant", "user"]
        told = await answer(model, ABOUT)
        assert told == "1 s at 16000, 0.5. 0.5 s at 16000, 0.5. What is this?"


def sent(server: FaultyServer) -> Sequence[Any]:
    """The content of the last message of each request."""
    return [one.json()["messages"][-1]["content"] for one in server.requests]


REFUSALS = [
    (400, {"message": "At most 0 audio(s) may be provided in one prompt."}),
    (400, {"message": "meta-llama/Llama-3.1-8B-Instruct is not a multimodal model"}),
    (500, {"message": "audio input is not supported - hint: you may need to provide the mmproj"}),
    (404, {"message": "No endpoints found that support input audio"}),
    (400, {"message": "Invalid content type 'input_audio'"}),
    (400, {"message": "This model does not support audio inputs."}),
    (422, {"message": "Unexpected value: 'input_audio' is invalid"}),
]


@pytest.mark.parametrize(("status", "error"), REFUSALS)
async def test_a_server_that_takes_no_audio_gets_transcripts(
    status: int, error: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with FaultyServer(Answer.json({"error": error}, status), PARIS, PARIS) as server:
        model = ChatLanguageModel.load(ChatConfig(base_url=f"{server.url}/v1", audio=True))
        assert await answer(model, SPOKEN) == "It is Paris."
        assert await answer(model, SPOKEN) == "It is Paris."
    first, *later = sent(server)
    assert first[0]["type"] == "input_audio"
    assert later == ["what is the capital"] * 2
    assert "takes no audio: use a model that hears, or set llm.audio = false" in caplog.text


async def test_a_question_that_is_only_heard_fails_where_no_audio_is_taken() -> None:
    status, error = REFUSALS[0]
    with FaultyServer(Answer.json({"error": error}, status)) as server:
        model = ChatLanguageModel.load(ChatConfig(base_url=f"{server.url}/v1", audio=True))
        with pytest.raises(LanguageModelError, match="takes no audio, and nobody has written"):
            await answer(model, ABOUT)


async def test_another_refusal_is_no_refusal_of_audio() -> None:
    error = {"message": "model 'x' not found"}
    with FaultyServer(Answer.json({"error": error}, 404)) as server:
        model = ChatLanguageModel.load(ChatConfig(base_url=f"{server.url}/v1", audio=True))
        with pytest.raises(LanguageModelError, match="has no model"):
            await answer(model, SPOKEN)


async def test_without_the_key_no_audio_is_sent() -> None:
    with FaultyServer(PARIS) as server:
        model = ChatLanguageModel.load(ChatConfig(base_url=f"{server.url}/v1"))
        assert await answer(model, SPOKEN) == "It is Paris."
    assert sent(server) == ["what is the capital"]


async def test_without_the_key_a_question_that_is_only_heard_is_not_asked() -> None:
    with FaultyServer() as server:
        model = ChatLanguageModel.load(ChatConfig(base_url=f"{server.url}/v1"))
        with pytest.raises(LanguageModelError, match="takes no audio, and nobody has written"):
            await answer(model, ABOUT)
    assert not server.requests


async def test_an_hour_is_not_sent() -> None:
    hour = Message("user", "What?", audio=(np.zeros(3600 * RATE_HZ, np.float32),))
    with FaultyServer() as server:
        model = ChatLanguageModel.load(ChatConfig(base_url=f"{server.url}/v1", audio=True))
        with pytest.raises(LanguageModelError, match="3600 s long, and at most 1800 s are sent"):
            await answer(model, hour)
    assert not server.requests
