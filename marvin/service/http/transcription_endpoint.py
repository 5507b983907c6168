"""`/v1/audio/transcriptions`: speech to text, part by part."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marvin.audio.reader import open_recording
from marvin.config.tables import LANGUAGES
from marvin.errors import AudioFileError
from marvin.service.client_calls import transcribe
from marvin.service.http.api_error import ApiError
from marvin.service.http.connected import (
    in_thread,
    live_response,
    server_sent,
    while_connected,
)
from marvin.service.http.models_endpoint import check_model
from marvin.service.http.verbose_transcript import verbose
from marvin.service.recording_parts import CUE_S, PART_S, LongRecordingError, RecordingParts
from marvin.service.subtitles import TranscribedPart, srt, vtt, whole_text
from marvin.types import RATE_HZ, Utterance

if TYPE_CHECKING:
    from starlette.datastructures import FormData, UploadFile
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from marvin.config.tables import Config
    from marvin.service.served_engines import ServedEngines

TRANSCRIPTIONS = "/v1/audio/transcriptions"
_FORMATS = ("json", "text", "verbose_json", "srt", "vtt")
_FIELDS, _LONGEST_FIELD = 20, 16 * 1024
_NAME = Path("the file")
_MOST_S = 2 * 3600.0


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """What the endpoint understands; anything else is ignored, as servers of this API do."""

    upload: UploadFile
    form: str
    language: str
    """Empty: not named."""
    stream: bool
    words: bool


def transcription_routes(served: ServedEngines) -> list[BaseRoute]:
    from starlette.routing import Route

    async def transcriptions(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "multipart/form-data":
            raise ApiError(415, "send the file as multipart/form-data")
        form = await request.form(max_files=1, max_fields=_FIELDS, max_part_size=_LONGEST_FIELD)
        streaming = False
        try:
            asked = _read(form, served.config)
            streaming = asked.stream
            return await _answer(request, asked, served)
        finally:
            if not streaming:
                await form.close()

    return [Route(TRANSCRIPTIONS, transcriptions, methods=["POST"])]


def _read(form: FormData, config: Config) -> TranscriptionRequest:
    """Raises ApiError."""
    from starlette.datastructures import UploadFile

    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        raise ApiError(400, "file: the request has no audio file", param="file")
    check_model(config, "stt", form.get("model"))
    shape = str(form.get("response_format", "json"))
    if shape not in _FORMATS:
        raise ApiError(
            400, f"response_format: use one of {', '.join(_FORMATS)}", param="response_format"
        )
    language = str(form.get("language", "")).lower()
    hears = LANGUAGES if getattr(config.stt, "language", "") == "auto" else config.languages
    if language and language not in hears:
        raise ApiError(
            400,
            f"language: this server hears {', '.join(hears)}; `language` in models.toml sets that",
            param="language",
        )
    stream = str(form.get("stream", "")).lower() == "true"
    if stream and shape not in ("json", "text"):
        raise ApiError(400, "stream: only with response_format json or text", param="stream")
    words = "word" in form.getlist("timestamp_granularities[]")
    if words and not getattr(config.stt, "word_times", False):
        raise ApiError(
            400,
            "timestamp_granularities: words have no times here, only segments: they need"
            ' stt.engine = "whisper" and stt.word_times = true in models.toml',
            param="timestamp_granularities",
        )
    return TranscriptionRequest(upload, shape, language, stream, words)


async def _answer(request: Request, asked: TranscriptionRequest, served: ServedEngines) -> Response:
    from starlette.responses import JSONResponse, PlainTextResponse

    longest_s = CUE_S if asked.form in ("srt", "vtt") else PART_S
    with _file_errors():
        file = await in_thread(open_recording, asked.upload.file, _NAME)
        recording = RecordingParts(file, longest_s, most_s=_MOST_S)
    parts = _transcribed(served, recording, asked)
    if asked.stream:
        return await live_response(request, server_sent(_events(parts)), "text/event-stream")
    heard = await while_connected(request, _all(parts))
    match asked.form:
        case "text":
            return PlainTextResponse(whole_text(heard) + "\n")
        case "srt":
            return PlainTextResponse(srt(heard), media_type="application/x-subrip")
        case "vtt":
            return PlainTextResponse(vtt(heard), media_type="text/vtt")
        case "verbose_json":
            return JSONResponse(verbose(heard, recording.read_s, asked.language, words=asked.words))
    return JSONResponse({"text": whole_text(heard)})


async def _transcribed(
    served: ServedEngines, recording: RecordingParts, asked: TranscriptionRequest
) -> AsyncGenerator[TranscribedPart]:
    """Raises StageError, ApiError. Closes the file, as a streamed response outlives its request."""
    try:
        while (part := await _next(recording)) is not None:
            said = replace(part, start=0, language=asked.language)
            yield TranscribedPart(
                part.start / RATE_HZ, part.end / RATE_HZ, await transcribe(served, said)
            )
    finally:
        await asked.upload.close()


async def _next(recording: RecordingParts) -> Utterance | None:
    with _file_errors():
        return await in_thread(recording.next)


@contextmanager
def _file_errors() -> Iterator[None]:
    """Raises ApiError instead of AudioFileError."""
    try:
        yield
    except AudioFileError as error:
        status = 413 if isinstance(error, LongRecordingError) else 400
        raise ApiError(status, f"file: {error}", param="file") from None


async def _all(parts: AsyncGenerator[TranscribedPart]) -> list[TranscribedPart]:
    async with aclosing(parts):
        return [part async for part in parts]


async def _events(parts: AsyncGenerator[TranscribedPart]) -> AsyncGenerator[dict[str, Any]]:
    heard: list[TranscribedPart] = []
    async with aclosing(parts):
        async for part in parts:
            if part.text:
                space = " " * bool(heard)
                heard.append(part)
                yield {"type": "transcript.text.delta", "delta": space + part.text}
    yield {"type": "transcript.text.done", "text": whole_text(heard)}
