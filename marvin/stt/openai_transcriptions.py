"""Speech to text by a server with OpenAI's `/v1/audio/transcriptions`: vLLM, Speaches, LocalAI."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from marvin.backends.remote.speech_server import SpeechServer
from marvin.backends.remote.wording import Wording
from marvin.boundary.files import parse_json
from marvin.errors import TranscriptionError
from marvin.pcm import to_int16
from marvin.stt.address import WAKE_PHRASES
from marvin.stt.dictation import Dictation, Piece
from marvin.stt.gates import GateLimits
from marvin.types import RATE_HZ

if TYPE_CHECKING:
    from marvin.cancellation import CancelToken
    from marvin.config.stt import OpenAITranscriberConfig
    from marvin.types import Samples, Transcript, Utterance

_PATH = "audio/transcriptions"
_LONGEST = 1024 * 1024
"""Bytes of an answer; five minutes of speech are a hundredth of it."""
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What comes of an answer that is no JSON, or another one."""


class OpenAITranscriber:
    """Sends the utterance away and gets its text back."""

    def __init__(
        self, server: SpeechServer, config: OpenAITranscriberConfig, wake_phrases: Sequence[str]
    ) -> None:
        self._server = server
        self._asked = {"model": config.model, "response_format": "json"}
        self._language = "en"
        if config.language != "auto":
            self._language = self._asked["language"] = config.language
        # What is known of a remote model is its text: the gates that judge text alone.
        limits = GateLimits(
            min_log_probability=-1.0,
            max_compression_ratio=2.4,
            max_repeats=3,
            min_speech_s=config.min_speech_s,
        )
        self._dictation = Dictation(limits, wake_phrases, self._language)

    @classmethod
    def load(
        cls,
        config: OpenAITranscriberConfig,
        wake_phrases: Sequence[str] = WAKE_PHRASES,
        *,
        sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
    ) -> OpenAITranscriber:
        """Asks nothing yet: the server may be started after Marvin, and be away for a while.

        Args:
            config: The table `[stt]`.
            wake_phrases: What is taken off the beginning of what was said.
            sleep: Waits before a further try.

        Raises:
            ConfigError: The address is none, or there is no key where one should be.
        """
        wording = Wording(
            "stt",
            config.base_url,
            "a transcript",
            "stt.model and stt.language",
            config.api_key_env,
        )
        return cls(
            SpeechServer(config, wording, TranscriptionError, sleep=sleep), config, wake_phrases
        )

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        """Raises TranscriptionError, Cancelled."""
        return self._dictation.transcript(utterance, self._ask(utterance.samples, token))

    def close(self) -> None:
        """End the connection."""
        self._server.close()

    def _ask(self, samples: Samples, token: CancelToken) -> Iterator[Piece]:
        """The whole text, as one piece."""
        body = {
            "data": self._asked,
            "files": {"file": ("utterance.wav", wav(samples), "audio/wav")},
        }
        kind, answer = self._server.ask(_PATH, body, token, longest=_LONGEST)
        try:
            values: Any = parse_json(answer)
            text, language = values["text"], values.get("language")
            # Fails where it is no text, or has half a character: JSON can write that.
            text.encode()
        except _UNREADABLE:
            found = "something else" if answer.strip() else "nothing"
            raise self._server.nonsense(kind, found) from None
        # Some write the code, some the English name.
        known = isinstance(language, str) and len(language) == 2
        yield Piece(text, language=language if known else self._language)


def wav(samples: Samples) -> bytes:
    """As a WAV file with 16 bits a sample."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes(to_int16(samples).tobytes())
    return file.getvalue()
