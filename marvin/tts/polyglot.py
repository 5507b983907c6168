"""A voice for each language: the configured one where it speaks it, else espeak-ng."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from marvin.backends.espeak.process import EspeakProcess
from marvin.config.tts import EspeakConfig
from marvin.errors import ModelLoadError
from marvin.tts.espeak import EspeakSynthesizer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marvin.cancellation import CancelToken
    from marvin.config.tts import SynthesizerConfig
    from marvin.protocols import Synthesizer
    from marvin.types import AudioChunk


class PolyglotSynthesizer:
    def __init__(self, main: Any, config: SynthesizerConfig) -> None:
        """`main` may have `in_language`, which returns another voice of the same engine."""
        self._main = main
        self.language: str = main.language
        own = config if isinstance(config, EspeakConfig) else EspeakConfig()
        self._espeak = EspeakProcess(own.words_per_minute, own.pitch, own.volume)
        self._voices: dict[str, Synthesizer] = {}

    def voice(self, language: str) -> Synthesizer:
        """The one that reads a language, by ISO 639-1 code."""
        if self._main.language in ("", language):
            voice: Synthesizer = self._main
            return voice
        if language not in self._voices:
            self._voices[language] = self._other(language)
        return self._voices[language]

    def _other(self, language: str) -> Synthesizer:
        if hasattr(self._main, "in_language"):
            with suppress(ModelLoadError):  # Its files lack that voice.
                voice: Synthesizer | None = self._main.in_language(language)
                if voice is not None:
                    return voice
        return EspeakSynthesizer(self._espeak, language)

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        """In the configured voice."""
        chunks: Iterator[AudioChunk] = self._main.synthesize(sentence, token)
        return chunks

    def warm(self) -> None:
        getattr(self._main, "warm", _nothing)()

    def ended(self) -> bool:
        over: bool = getattr(self._main, "ended", _nothing)() or False
        return over

    def close(self) -> None:
        self._espeak.close()
        getattr(self._main, "close", _nothing)()


def _nothing() -> None:
    pass
