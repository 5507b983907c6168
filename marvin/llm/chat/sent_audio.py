"""Recordings in the messages to a chat server, as in OpenAI's protocol, and servers that refuse
them."""

import base64
import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from marvin.errors import LanguageModelError
from marvin.llm.chat.completion import CompletionError
from marvin.llm.chat.http_session import RefusedError
from marvin.llm.turns import check_written
from marvin.pcm import wav
from marvin.types import RATE_HZ, Message

_LOGGER = logging.getLogger(__name__)

_LONGEST_S = 1800.0
"""As many as 58 MB, or 77 MB in base64."""
_NO_AUDIO = re.compile(
    # llama.cpp; OpenAI, OpenRouter; Ollama.
    r"audio\b[^.{}]{0,60}(?:not|n't) (?:be )?(?:support|allow|permit|accept|process)"
    r"|(?:not|n't) (?:support|accept|take)\w* [^.{}]{0,40}\b(?:audio|input_audio)\b"
    # vLLM: a model that hears nothing, or is started with a limit of none.
    r"|no endpoints found that support (?:input )?audio"
    r"|at most 0 audio|is not a multimodal model|does not support (?:multimodal|audio)"
    # FastAPI and other checkers, where messages are text.
    r"|(?:unknown|invalid|unexpected|unsupported|unrecognized)[^.{}]{0,60}\binput_audio\b"
    r"|\binput_audio\b[^.{}]{0,60}(?:unknown|invalid|unexpected|unsupported|unrecognized)",
    re.IGNORECASE,
)


class AudioRefusedError(Exception):
    """The model or its server takes no audio."""


class SentAudio:
    """Sends recordings until they are refused."""

    def __init__(self, taken: bool) -> None:
        """`taken`: the model is said to hear."""
        self._taken = taken

    def messages(self, messages: Sequence[Message], name: str) -> Sequence[Message]:
        """As they are sent. Raises LanguageModelError: They have to be heard."""
        if self._taken:
            return messages
        check_written(messages, name)
        return [replace(one, audio=()) for one in messages]

    def refused(self, messages: Sequence[Message], name: str) -> None:
        """Send text alone from now on. Raises LanguageModelError: They have to be heard."""
        check_written(messages, name)
        _LOGGER.warning(
            "%s takes no audio: use a model that hears, or set llm.audio = false; "
            "it gets transcripts",
            name,
        )
        self._taken = False


def with_audio(entry: dict[str, object], message: Message) -> dict[str, object]:
    """The `entry` for a message, with its recordings. Raises LanguageModelError."""
    if not message.audio:
        return entry
    seconds = sum(map(len, message.audio)) / RATE_HZ
    if seconds > _LONGEST_S:
        raise LanguageModelError(
            f"the recording is {seconds:.0f} s long, and at most {_LONGEST_S:.0f} s are sent to a "
            "server: cut it up"
        )
    parts: list[dict[str, object]] = [
        {
            "type": "input_audio",
            "input_audio": {"data": base64.b64encode(wav(one)).decode(), "format": "wav"},
        }
        for one in message.audio
    ]
    if message.text and not message.spoken:
        parts.append({"type": "text", "text": message.text})
    return {**entry, "content": parts}


def refuses_audio(fault: RefusedError | CompletionError, messages: Sequence[Message]) -> bool:
    """Whether it is for the audio in these messages."""
    body = fault.body if isinstance(fault.body, str) else fault.body.decode(errors="replace")
    refused = (fault.status or 0) in (400, 404, 415, 422, 500, 501)
    sent = any(message.audio for message in messages)
    return sent and refused and _NO_AUDIO.search(body.replace("\\", "")) is not None
