"""Speech by a server with OpenAI's `/v1/audio/speech`: Speaches, vLLM, LocalAI, Kokoro-FastAPI."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from marvin.backends.remote.speech_server import SpeechServer
from marvin.backends.remote.wording import Wording
from marvin.errors import SynthesisError
from marvin.tts.openai.audio_stream import AudioFormatError, Format, read_stream
from marvin.tts.pieces import pieces

if TYPE_CHECKING:
    from marvin.backends.remote.speech_server import Stream
    from marvin.cancellation import CancelToken
    from marvin.config.tts import OpenAISpeechConfig
    from marvin.types import AudioChunk

_PATH = "audio/speech"
_BARE = Format(24_000)
"""Samples without a header: 24 kHz, 16 bit, by OpenAI's definition of `pcm`."""
_RATE = re.compile(r"\brate=([1-9]\d{3,5})\b")
"""Where a server says otherwise: `audio/L16; rate=22050` (RFC 2586)."""
_WORDS = re.compile("^text/|json|html|xml")
"""Content types of what is no sound; those of sound are many, or missing."""

_LONGEST_TEXT = 4_000
"""Letters of one request; OpenAI takes 4,096."""
_MOST_S, _MOST_S_A_LETTER = 10.0, 0.5
"""Speech that goes on for longer is a model that has lost its way; slow speech takes 0.1 s a Latin
letter, 0.3 s a Chinese one."""


class OpenAISynthesizer:
    """Sends a sentence away and plays its sound as it comes."""

    def __init__(self, server: SpeechServer, config: OpenAISpeechConfig) -> None:
        self.language = ""
        """Servers read numbers themselves, in the language of the voice."""
        self._server = server
        self._speed = config.speed
        self._asked = {
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
        """Asks nothing yet: the server may be started after Marvin, and be away for a while.

        Args:
            config: The table `[tts]`.
            sleep: Waits before a further try.

        Raises:
            ConfigError: The address is none, or there is no key where one should be.
        """
        wording = Wording(
            "tts", config.base_url, "speech", "tts.model and tts.voice", config.api_key_env
        )
        return cls(SpeechServer(config, wording, SynthesisError, sleep=sleep), config)

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        """Audio as it comes, at the server's own rate.

        Raises:
            SynthesisError: The server did not say it, or not all of it.
            Cancelled: The token was cancelled.
        """
        token.check()
        start = 0
        for text in pieces(sentence, _LONGEST_TEXT):
            for chunk in self._say(text, token):
                yield replace(chunk, start=start)
                start += len(chunk.samples)

    def close(self) -> None:
        """End the connection."""
        self._server.close()

    def _say(self, text: str, token: CancelToken) -> Iterator[AudioChunk]:
        body = {"json": {**self._asked, "input": text}}
        longest_s = (_MOST_S + _MOST_S_A_LETTER * len(text)) / self._speed
        end_s = 0.0
        with self._server.stream(_PATH, body, token) as stream:
            try:
                for chunk in read_stream(stream.pieces, self._bare(stream)):
                    yield chunk
                    end_s = chunk.end / chunk.rate_hz
                    if end_s > longest_s:
                        raise self._server.endless()
            except AudioFormatError as error:
                wanted = self._asked["response_format"]
                other = "pcm" if wanted == "wav" else "wav"
                raise SynthesisError(
                    f"tts.format: the server sent {error}, not {wanted}: it may know "
                    f'"{other}"; if not, take another server'
                ) from error
            if end_s == 0.0:
                raise self._server.nonsense(stream.kind, "nothing")

    def _bare(self, stream: Stream) -> Format | None:
        """How samples without a header are written, where there may be such."""
        kind = stream.kind.partition(";")[0]
        if _WORDS.search(kind):
            raise self._server.nonsense(stream.kind, "JSON" if "json" in kind else "text")
        if self._asked["response_format"] != "pcm":
            return None
        rate = _RATE.search(stream.kind)
        return _BARE if rate is None else Format(int(rate.group(1)))
