"""Speech to text by a server with OpenAI's `/v1/audio/transcriptions`: vLLM, Speaches, LocalAI."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from marvin.backends.remote.speech_server import SpeechServer
from marvin.backends.remote.wording import Wording
from marvin.boundary.files import parse_json
from marvin.errors import TranscriptionError
from marvin.languages.language import CODES, language
from marvin.pcm import wav
from marvin.stt.address import WAKE_PHRASES
from marvin.stt.dictation import Dictation, Piece
from marvin.stt.gates import GateLimits

if TYPE_CHECKING:
    from marvin.cancellation import CancelToken
    from marvin.config.stt import OpenAITranscriberConfig
    from marvin.types import Samples, Transcript, Utterance

_PATH = "audio/transcriptions"
_LONGEST = 1024 * 1024
"""Maximum bytes of a response; five minutes of speech take a hundredth of it."""
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""Raised by invalid or unexpected JSON."""


class OpenAITranscriber:
    def __init__(
        self, server: SpeechServer, config: OpenAITranscriberConfig, wake_phrases: Sequence[str]
    ) -> None:
        self._server = server
        self._asked = {"model": config.model, "response_format": "json"}
        self._language = ""
        """Empty: it is not known."""
        if config.language != "auto":
            self._language = self._asked["language"] = config.language
        # A remote model only returns text, so only the gates on text apply.
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
        """Makes no request yet: the server may start after Marvin, or be down for a while.

        `wake_phrases` are removed from transcripts; `sleep` waits before a retry.

        Raises:
            ConfigError: The address is invalid, or the key is missing.
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
        return self._dictation.transcript(utterance, lambda samples, _: self._ask(samples, token))

    def close(self) -> None:
        self._server.close()

    def _ask(self, samples: Samples, token: CancelToken) -> Iterator[Piece]:
        """The whole text as one piece."""
        body = {
            "data": self._asked,
            "files": {"file": ("utterance.wav", wav(samples), "audio/wav")},
        }
        kind, answer = self._server.ask(_PATH, body, token, longest=_LONGEST)
        try:
            values: Any = parse_json(answer)
            text, spoken = values["text"], values.get("language")
            # Fails if it is not a string, or has a lone surrogate, which JSON can express.
            text.encode()
        except _UNREADABLE:
            found = "something else" if answer.strip() else "nothing"
            raise self._server.nonsense(kind, found) from None
        yield Piece(text, language=_code(spoken) or self._language)


def _code(named: object) -> str:
    """Some servers send the language's code, some its English name."""
    if not isinstance(named, str) or len(named) == 2:
        return named if isinstance(named, str) else ""
    names = {language(code).words.english.lower(): code for code in CODES} | {"english": "en"}
    return names.get(named.lower(), "")
