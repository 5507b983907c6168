"""What a client of `/v1/realtime` sends: its settings and its events."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from marvin.service.http.api_error import ApiError
from marvin.service.http.request_body import parsed, wrong_field

_LONGEST_TEXT = 16_000

Modalities = Annotated[list[Literal["audio", "text"]], Field(min_length=1, max_length=1)]
Words = Annotated[str, Field(max_length=_LONGEST_TEXT)]


class AudioFormat(BaseModel):
    type: Literal["audio/pcm"] = "audio/pcm"
    rate: Literal[24000] = 24000


class TurnDetection(BaseModel):
    """By the server; `semantic_vad` is the same here."""

    type: Literal["server_vad", "semantic_vad"] = "server_vad"
    threshold: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    prefix_padding_ms: Annotated[int, Field(ge=0, le=5000)] = 300
    silence_duration_ms: Annotated[int, Field(ge=100, le=10_000)] = 500
    create_response: bool = True
    interrupt_response: bool = True


class _Transcription(BaseModel):
    model: str | None = None


class _AudioInput(BaseModel):
    format: AudioFormat = AudioFormat()
    transcription: _Transcription | None = None
    turn_detection: TurnDetection | None = TurnDetection()


class _AudioOutput(BaseModel):
    format: AudioFormat = AudioFormat()
    voice: Any = "marvin"


class _Audio(BaseModel):
    input: _AudioInput = _AudioInput()
    output: _AudioOutput = _AudioOutput()


class RealtimeSettings(BaseModel):
    """What a client may set; anything else is ignored, as servers of this API do."""

    type: Literal["realtime"] = "realtime"
    instructions: Words = ""
    output_modalities: Modalities = ["audio"]
    audio: _Audio = _Audio()
    tools: Annotated[list[Any], Field(max_length=0)] = []

    def updated(self, changes: dict[str, Any]) -> RealtimeSettings:
        """Raises ApiError."""
        try:
            return RealtimeSettings.model_validate(_merged(self.model_dump(), changes))
        except ValidationError as error:
            raise wrong_field(error, "session.") from None


class _Event(BaseModel):
    event_id: Annotated[str, Field(max_length=512)] | None = None


class SessionUpdate(_Event):
    session: dict[str, Any]


class AudioAppend(_Event):
    audio: str


class ItemContent(BaseModel):
    type: Literal["input_text", "output_text", "text", "input_audio"]
    text: Words = ""
    audio: str = ""


class NewItem(BaseModel):
    type: Literal["message"]
    role: Literal["user", "assistant", "system"]
    content: Annotated[list[ItemContent], Field(min_length=1, max_length=20)]
    id: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class ItemCreate(_Event):
    item: NewItem


class ItemChosen(_Event):
    """Retrieves, deletes or, at `audio_end_ms`, truncates."""

    item_id: str
    audio_end_ms: Annotated[int, Field(ge=0)] = 0


class ResponseWishes(BaseModel):
    instructions: Words | None = None
    output_modalities: Modalities | None = None
    conversation: Literal["auto"] = "auto"
    input: Annotated[list[Any], Field(max_length=0)] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] = []


class ResponseCreate(_Event):
    response: ResponseWishes = ResponseWishes()


_EVENTS: dict[str, type[_Event]] = {
    "session.update": SessionUpdate,
    "input_audio_buffer.append": AudioAppend,
    "input_audio_buffer.commit": _Event,
    "input_audio_buffer.clear": _Event,
    "conversation.item.create": ItemCreate,
    "conversation.item.retrieve": ItemChosen,
    "conversation.item.delete": ItemChosen,
    "conversation.item.truncate": ItemChosen,
    "response.create": ResponseCreate,
    "response.cancel": _Event,
}


class _Kind(BaseModel):
    type: str


def read_event(message: str) -> tuple[str, _Event]:
    """The event's type and content. Raises ApiError."""
    kind = parsed(message, _Kind).type
    if kind not in _EVENTS:
        raise ApiError(400, "there is no event of that type here", param="type")
    return kind, parsed(message, _EVENTS[kind])


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        both = isinstance(before, dict) and isinstance(value, dict)
        merged[key] = _merged(before, value) if both and before is not None else value
    return merged
