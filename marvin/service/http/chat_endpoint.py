"""`/v1/chat/completions`: the mind, with its skills, for programs that chat."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from marvin.boundary.terminal import plain
from marvin.errors import MarvinError, SkillError, first_error
from marvin.events import ToolUsed
from marvin.mind.memory import Memory, estimate_tokens
from marvin.service.conversations import known_voices_only
from marvin.service.http.api_error import ApiError
from marvin.service.http.connected import live_response, server_sent, while_connected
from marvin.service.http.models_endpoint import check_model
from marvin.service.http.request_body import read_json
from marvin.service.http.sent_conversations import SentConversations
from marvin.service.room_first import behind_the_room
from marvin.service.served_engines import PRIORITY
from marvin.types import Act, Forget, Message, Utterance

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from marvin.mind.mind import Response as MindResponse
    from marvin.service.served_engines import ServedEngines

_LONGEST_TEXT = 16_000
"""Characters of a message."""


class _TextPart(BaseModel):
    type: Literal["text"]
    text: Annotated[str, Field(max_length=_LONGEST_TEXT)]


class ChatMessage(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: (
        Annotated[str, Field(max_length=_LONGEST_TEXT)]
        | Annotated[list[_TextPart], Field(max_length=50)]
    )

    def message(self) -> Message:
        parts = self.content
        text = parts if isinstance(parts, str) else " ".join(part.text for part in parts)
        return Message("system" if self.role == "developer" else self.role, plain(text))


class _StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """What the endpoint understands; anything else is ignored, as servers of this API do."""

    model: str
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=200)]
    stream: bool = False
    stream_options: _StreamOptions | None = None
    n: Literal[1] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None


def chat_routes(served: ServedEngines) -> list[BaseRoute]:
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    conversations = SentConversations(
        served.config, served.new_memory, dialogues=served.kept.dialogues
    )

    async def completions(request: Request) -> Response:
        asked = await read_json(request, ChatRequest)
        check_model(served.config, "llm", asked.model)
        messages = [one.message() for one in asked.messages]
        if messages[-1].role != "user" or not messages[-1].text.strip():
            raise ApiError(400, "messages: the last one must be the user's", param="messages")
        completion = _Completion(asked.model, messages)
        sentences = _answered(served, conversations, messages)
        if asked.stream:
            usage = asked.stream_options is not None and asked.stream_options.include_usage
            events = completion.chunks(sentences, usage=usage)
            return await live_response(
                request, server_sent(events, end="[DONE]"), "text/event-stream"
            )
        return JSONResponse(await while_connected(request, completion.whole(sentences)))

    return [Route("/v1/chat/completions", completions, methods=["POST"])]


class _Completion:
    """The answer to one request."""

    def __init__(self, model: str, messages: Sequence[Message]) -> None:
        self._same = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
        }
        self._asked_tokens = sum(estimate_tokens(one.text) for one in messages)

    async def whole(self, sentences: AsyncGenerator[str]) -> dict[str, Any]:
        async with aclosing(sentences):
            text = " ".join([sentence async for sentence in sentences])
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return {
            **self._same,
            "object": "chat.completion",
            "choices": [choice],
            "usage": self._usage(text),
        }

    async def chunks(
        self, sentences: AsyncGenerator[str], *, usage: bool
    ) -> AsyncGenerator[dict[str, Any]]:
        said = ""
        async with aclosing(sentences):
            async for sentence in sentences:
                delta = f" {sentence}" if said else sentence
                role = {} if said else {"role": "assistant"}
                said += delta
                yield self._chunk({**role, "content": delta})
        yield self._chunk({}, "stop")
        if usage:
            yield {**self._chunk({}), "choices": [], "usage": self._usage(said)}

    def _chunk(self, delta: dict[str, str], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return {**self._same, "object": "chat.completion.chunk", "choices": [choice]}

    def _usage(self, text: str) -> dict[str, int]:
        """Estimates: engines do not count tokens."""
        said = estimate_tokens(text)
        return {
            "prompt_tokens": self._asked_tokens,
            "completion_tokens": said,
            "total_tokens": self._asked_tokens + said,
        }


async def _answered(
    served: ServedEngines, conversations: SentConversations, messages: Sequence[Message]
) -> AsyncGenerator[str]:
    """Raises StageError."""
    *before, asked = messages
    memory = conversations.memory(before)
    said = []
    async with aclosing(answered(served, asked.text, memory)) as sentences:
        async for sentence in sentences:
            said.append(sentence)
            yield sentence
    conversations.keep([*messages, Message("assistant", " ".join(said))], memory)


async def answered(
    served: ServedEngines, said: Utterance | str, memory: Memory
) -> AsyncGenerator[str]:
    """The sentences of the mind's answer. Raises StageError."""
    try:
        async with behind_the_room(served), asyncio.TaskGroup() as tasks:
            response = served.mind.respond(said, memory, tasks, priority=PRIORITY)
            async with aclosing(sentences_of(served, response, memory)) as sentences:
                async for sentence in sentences:
                    yield sentence
    except* MarvinError as errors:
        raise first_error(errors) from None


async def sentences_of(
    served: ServedEngines, response: MindResponse, memory: Memory
) -> AsyncGenerator[str]:
    """What a response says. Raises StageError."""
    try:
        if refused := await known_voices_only(served, response):
            yield refused
            return
        async with aclosing(response.items()) as items:
            async for item in items:
                if isinstance(item, Act):
                    raise SkillError("I cannot set the volume from here.")
                if isinstance(item, Forget):
                    memory.forget()
                elif not isinstance(item, ToolUsed):
                    yield item.text
    except SkillError as error:
        # It is worded to be said; as an error, clients would ask again and again.
        yield plain(str(error))
    finally:
        response.discard()
