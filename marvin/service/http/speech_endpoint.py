"""`/v1/audio/speech`: text to speech, sent while it is synthesised."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from marvin.boundary.terminal import plain
from marvin.mind.sentences import sentences
from marvin.service.client_calls import synthesize
from marvin.service.http.api_error import ApiError
from marvin.service.http.audio_formats import SpeechEncoder
from marvin.service.http.connected import in_thread, live_response, server_sent
from marvin.service.http.models_endpoint import check_model
from marvin.service.http.request_body import read_json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from marvin.service.served_engines import ServedEngines
    from marvin.types import AudioChunk


class HttpSpeechRequest(BaseModel):
    """What the endpoint understands; anything else is ignored, as servers of this API do."""

    model: str
    input: Annotated[str, Field(max_length=4096)]
    voice: Any = None
    response_format: str = "mp3"
    speed: float = 1.0
    stream_format: Literal["audio", "sse"] = "audio"


def speech_routes(served: ServedEngines) -> list[BaseRoute]:
    from starlette.routing import Route

    async def speech(request: Request) -> Response:
        asked = await read_json(request, HttpSpeechRequest)
        check_model(served.config, "tts", asked.model)
        if asked.speed != 1.0:
            raise ApiError(400, "speed: the voice has one speed, 1.0", param="speed")
        text = plain(asked.input)
        if not any(map(str.isalnum, text)):
            raise ApiError(400, "input: there are no words to speak", param="input")
        encoder = SpeechEncoder(asked.response_format)
        language = asked.voice if isinstance(asked.voice, str) else ""
        parts = _encoded(synthesize(served, sentences(text), language), encoder)
        if asked.stream_format == "sse":
            return await live_response(request, server_sent(_events(parts)), "text/event-stream")
        return await live_response(request, parts, encoder.media_type)

    return [Route("/v1/audio/speech", speech, methods=["POST"])]


async def _encoded(
    chunks: AsyncGenerator[AudioChunk], encoder: SpeechEncoder
) -> AsyncGenerator[bytes]:
    async with aclosing(chunks):
        async for chunk in chunks:
            if part := await in_thread(encoder.feed, chunk):
                yield part
    if part := await in_thread(encoder.finish):
        yield part


async def _events(parts: AsyncGenerator[bytes]) -> AsyncGenerator[dict[str, Any]]:
    async with aclosing(parts):
        async for part in parts:
            yield {"type": "speech.audio.delta", "audio": base64.b64encode(part).decode()}
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    yield {"type": "speech.audio.done", "usage": usage}
