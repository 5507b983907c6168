"""Speech to text by a Wyoming server, such as wyoming-faster-whisper."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from marvin.backends.wyoming.wyoming_connection import (
    NotOfferedError,
    WyomingWording,
    check_package,
)
from marvin.backends.wyoming.wyoming_offer import language_code, listed
from marvin.backends.wyoming.wyoming_requests import WyomingRequests
from marvin.errors import TranscriptionError
from marvin.pcm import to_int16
from marvin.stt.address import WAKE_PHRASES
from marvin.stt.dictation import Dictation, Piece
from marvin.stt.gates import GateLimits
from marvin.types import RATE_HZ

if TYPE_CHECKING:
    from wyoming.event import Eventable

    from marvin.backends.wyoming.wyoming_connection import WyomingConnection
    from marvin.backends.wyoming.wyoming_offer import WyomingOffer
    from marvin.cancellation import CancelToken
    from marvin.config.stt import WyomingTranscriberConfig
    from marvin.types import Partial, Samples, Transcript, Utterance

_CHUNK = RATE_HZ // 2
"""Samples sent at once."""
_LONGEST = 100_000
"""Maximum characters of a transcript; an hour of speech has half as many."""


class WyomingTranscriber:
    def __init__(self, config: WyomingTranscriberConfig, wake_phrases: Sequence[str]) -> None:
        self._config = config
        self._language = _known(config)
        wording = WyomingWording("stt", config.url, "a transcript")
        self._requests = WyomingRequests(
            wording, config.timeout_s, TranscriptionError, "asr", "models"
        )
        # The server returns only text, so only the gates on text apply.
        limits = GateLimits(
            min_log_probability=-1.0,
            max_compression_ratio=2.4,
            max_repeats=3,
            min_speech_s=config.min_speech_s,
        )
        self._dictation = Dictation(limits, wake_phrases, self._language)

    @classmethod
    def load(
        cls, config: WyomingTranscriberConfig, wake_phrases: Sequence[str] = WAKE_PHRASES
    ) -> WyomingTranscriber:
        """Makes no request yet: the server may start after Marvin, or be down for a while.

        `wake_phrases` are removed from transcripts.

        Raises:
            ModelLoadError: The package `wyoming` is missing.
        """
        check_package("stt")
        return cls(config, wake_phrases)

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        """Raises TranscriptionError, Cancelled."""
        return self._dictation.transcript(utterance, lambda samples, _: self._ask(samples, token))

    def partial(self, utterance: Utterance, token: CancelToken) -> Partial:
        """Raises as `transcribe`."""
        return self._dictation.partial(utterance, lambda samples, _: self._ask(samples, token))

    def close(self) -> None:
        self._requests.close()

    def _ask(self, samples: Samples, token: CancelToken) -> Iterator[Piece]:
        """The whole text as one piece."""

        async def talk(connection: WyomingConnection, offer: WyomingOffer) -> tuple[object, str]:
            check_offer(offer, self._config)
            # At the same time, as a server that detects the end of speech may answer early.
            sending = asyncio.create_task(connection.send(*self._request(samples)))
            try:
                return await _answer(connection)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

        text, spoken = self._requests.ask(talk, token)
        if not isinstance(text, str) or len(text) > _LONGEST:
            raise self._requests.nonsense("endless text" if text else "nothing")
        # JSON can express lone surrogates.
        text = text.encode(errors="replace").decode()
        yield Piece(text, language=language_code(spoken) or self._language)

    def _request(self, samples: Samples) -> Iterator[Eventable]:
        from wyoming.asr import Transcribe
        from wyoming.audio import AudioChunk, AudioStart, AudioStop

        yield Transcribe(
            name=self._config.model,
            language=self._language or None,
            transcript_names=list(self._config.names) or None,
        )
        yield AudioStart(RATE_HZ, 2, 1, timestamp=0)
        for start in range(0, len(samples), _CHUNK):
            pcm = to_int16(samples[start : start + _CHUNK]).tobytes()
            yield AudioChunk(RATE_HZ, 2, 1, pcm, timestamp=start * 1000 // RATE_HZ)
        yield AudioStop(timestamp=len(samples) * 1000 // RATE_HZ)


def check_offer(offer: WyomingOffer, config: WyomingTranscriberConfig) -> None:
    """Raises NotOfferedError."""
    where, language = f"the server at {config.url}", _known(config)
    if config.model is not None and offer.named(config.model) is None:
        names = listed((one.name for one in offer.things), near=config.model)
        raise NotOfferedError(f"stt.model: {where} has no {config.model!r}; it has {names}")
    models = [one for one in offer.things if config.model in (None, one.name)]
    if language and models and not any(one.speaks(language) for one in models):
        codes = listed(sorted({code for one in models for code in one.languages}))
        raise NotOfferedError(f"stt.language: {where} does not know {language!r}; it knows {codes}")


def _known(config: WyomingTranscriberConfig) -> str:
    """The language; empty: the server decides."""
    return "" if config.language == "auto" else config.language


async def _answer(connection: WyomingConnection) -> tuple[object, str]:
    """Text and language; a server that streams its text may send no other."""
    text, language = "", ""
    while True:
        event = await connection.receive_one(
            "transcript", "transcript-start", "transcript-chunk", "transcript-stop"
        )
        language = _string(event.data.get("language")) or language
        if event.type == "transcript":
            return event.data.get("text"), language
        if event.type == "transcript-stop":
            return text, language
        text += _string(event.data.get("text"))
        if len(text) > _LONGEST:
            return text, language


def _string(found: object) -> str:
    return found if isinstance(found, str) else ""
