"""Speech synthesis by a server with OpenAI's `/v1/audio/speech` (Speaches, vLLM, LocalAI,
Kokoro-FastAPI)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from marvin.backends.remote.speech_server import SpeechServer
from marvin.backends.remote.wording import Wording
from marvin.errors import SynthesisError
from marvin.tts.openai.audio_stream import AudioFormatError, Format, read_stream
from marvin.tts.pieces import in_pieces

if TYPE_CHECKING:
    from marvin.backends.remote.speech_server import Stream
    from marvin.cancellation import CancelToken
    from marvin.config.tts import OpenAISpeechConfig
    from marvin.types import AudioChunk

_PATH = "audio/speech"
_BARE = Format(24_000)
"""OpenAI's `pcm` format, without a header: 24 kHz, 16 bit."""
_RATE = re.compile(r"\brate=([1-9]\d{3,5})\b")
"""Sample rate in a content type: `audio/L16; rate=22050` (RFC 2586)."""
_NOT_AUDIO = re.compile("^text/|json|html|xml")
"""Content types that are not audio; audio has many types, or none."""

_LONGEST_TEXT = 4_000
"""Maximum letters per request; OpenAI accepts 4,096."""
_MOST_S, _MOST_S_A_LETTER = 10.0, 0.5
"""Limit on speech length, for a runaway model; slow speech takes 0.1 s per Latin letter, 0.3 s per
Chinese character."""


class OpenAISynthesizer:
    """Streams a sentence's audio from the server."""

    def __init__(self, server: SpeechServer, config: OpenAISpeechConfig) -> None:
        self.language = ""
        """Empty: servers read numbers themselves, in the language of the voice."""
        self._server = server
        self._speed = config.speed
        self._request = {
            "model": config.model,
            "voice": config.voice,
            "speed": config.speed,
            "response_format": config.format,
        }

    @classmethod
    def load(
        cls,
        config: OpenAISpeechConfig,
        *,
        sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
    ) -> OpenAISynthesizer:
        """Makes no request yet: the server may start after Marvin, or be down for a while.

        `sleep` waits before a retry.

        Raises:
            ConfigError: The address is invalid, or the key is missing.
        """
        wording = Wording(
            "tts", config.base_url, "speech", "tts.model and tts.voice", config.api_key_env
        )
        return cls(SpeechServer(config, wording, SynthesisError, sleep=sleep), config)

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        """Audio as it arrives, at the server's own sample rate.

        Raises:
            SynthesisError: The server failed, or sent only part of the audio.
            Cancelled: The token was cancelled.
        """
        token.check()
        yield from in_pieces(sentence, _LONGEST_TEXT, lambda text: self._say(text, token))

    def close(self) -> None:
        self._server.close()

    def _say(self, text: str, token: CancelToken) -> Iterator[AudioChunk]:
        body = {"json": {**self._request, "input": text}}
        longest_s = (_MOST_S + _MOST_S_A_LETTER * len(text)) / self._speed
        end_s = 0.0
        with self._server.stream(_PATH, body, token) as stream:
            try:
                for chunk in read_stream(stream.pieces, self._raw_format(stream)):
                    yield chunk
                    end_s = chunk.end / chunk.rate_hz
                    if end_s > longest_s:
                        raise self._server.endless()
            except AudioFormatError as error:
                wanted = self._request["response_format"]
                other = "pcm" if wanted == "wav" else "wav"
                raise SynthesisError(
                    f"tts.format: the server sent {error}, not {wanted}: it may support "
                    f'"{other}"; if not, use another server'
                ) from error
            if end_s == 0.0:
                raise self._server.nonsense(stream.kind, "nothing")

    def _raw_format(self, stream: Stream) -> Format | None:
        """The sample format if the response may have no header."""
        kind = stream.kind.partition(";")[0]
        if _NOT_AUDIO.search(kind):
            raise self._server.nonsense(stream.kind, "JSON" if "json" in kind else "text")
        if self._request["response_format"] != "pcm":
            return None
        rate = _RATE.search(stream.kind)
        return _BARE if rate is None else Format(int(rate.group(1)))
