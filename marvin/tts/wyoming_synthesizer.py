"""Speech synthesis by a Wyoming server, such as wyoming-piper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from marvin.backends.wyoming.wyoming_connection import (
    NotOfferedError,
    WyomingWording,
    check_package,
)
from marvin.backends.wyoming.wyoming_offer import listed
from marvin.backends.wyoming.wyoming_requests import WyomingRequests
from marvin.errors import ConfigError, SynthesisError
from marvin.tts.openai.audio_stream import AudioFormatError, Format, pcm_format, read_samples
from marvin.tts.pieces import in_pieces

if TYPE_CHECKING:
    from wyoming.event import Event
    from wyoming.tts import Synthesize

    from marvin.backends.wyoming.wyoming_offer import Offered, WyomingOffer
    from marvin.cancellation import CancelToken
    from marvin.config.tts import WyomingSpeechConfig
    from marvin.types import AudioChunk

_LONGEST_TEXT = 1_000
"""Maximum letters per request."""
_MOST_S, _MOST_S_A_LETTER = 10.0, 0.5
"""Limit on speech length, for a runaway model; slow speech takes 0.1 s per Latin letter, 0.3 s per
Chinese character."""
_MOST_SILENT = 1_000
"""Maximum number of events in a row without audio."""


class WyomingSynthesizer:
    """Streams a sentence's audio from the server.

    It gets whole sentences, so the protocol's streaming of text would gain nothing.
    """

    def __init__(self, config: WyomingSpeechConfig) -> None:
        self.language = ""
        """Empty: servers read numbers themselves, in the language of the voice."""
        self._config = config
        wording = WyomingWording("tts", config.url, "speech")
        self._requests = WyomingRequests(wording, config.timeout_s, SynthesisError, "tts", "voices")

    @classmethod
    def load(cls, config: WyomingSpeechConfig) -> WyomingSynthesizer:
        """Makes no request yet: the server may start after Marvin, or be down for a while.

        Raises:
            ModelLoadError: The package `wyoming` is missing.
            ConfigError: There is a speaker, but no voice.
        """
        check_package("tts")
        if config.speaker is not None and config.voice is None:
            raise ConfigError("tts.speaker: name its voice in tts.voice")
        return cls(config)

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        """Audio as it arrives, at the server's own sample rate.

        Raises:
            SynthesisError: The server failed, or sent only part of the audio.
            Cancelled: The token was cancelled.
        """
        token.check()
        yield from in_pieces(sentence, _LONGEST_TEXT, lambda text: self._say(text, token))

    def close(self) -> None:
        self._requests.close()

    def _say(self, text: str, token: CancelToken) -> Iterator[AudioChunk]:
        longest_s = _MOST_S + _MOST_S_A_LETTER * len(text)
        end_s = 0.0
        with self._requests.stream(lambda offer: self._request(text, offer), token) as events:
            for chunk in self._read(events):
                yield chunk
                end_s += chunk.duration_s
                if end_s > longest_s:
                    raise self._requests.nonsense("endless audio")
        if end_s == 0.0:
            raise self._requests.nonsense("nothing")

    def _read(self, events: Iterator[Event]) -> Iterator[AudioChunk]:
        """Audio up to the end that the server announces. Its own chunks have the format."""
        parts = self._parts(events)
        first = next(parts, None)
        if first is None:
            return
        form, begin = first

        def pcm() -> Iterator[bytes]:
            yield begin
            for other, more in parts:
                if other != form:
                    raise self._requests.nonsense("audio that changes its format")
                yield more

        yield from read_samples(pcm(), form)

    def _parts(self, events: Iterator[Event]) -> Iterator[tuple[Format, bytes]]:
        silent = 0
        for event in events:
            if event.type == "audio-stop":
                return
            if event.type == "audio-chunk" and event.payload:
                yield self._format(event), event.payload
                silent = 0
            elif (silent := silent + 1) > _MOST_SILENT:
                raise self._requests.nonsense("a flood of other events")

    def _format(self, event: Event) -> Format:
        rate_hz, width, channels = map(event.data.get, ("rate", "width", "channels"))
        if not (isinstance(rate_hz, int) and isinstance(width, int) and isinstance(channels, int)):
            raise self._requests.nonsense("audio without a format")
        try:
            return pcm_format(rate_hz, 8 * width, channels)
        except AudioFormatError as error:
            raise self._requests.nonsense(str(error)) from error

    def _request(self, text: str, offer: WyomingOffer) -> Synthesize:
        from wyoming.tts import Synthesize, SynthesizeVoice

        voice = chosen_voice(offer, self._config)
        if voice is None:
            return Synthesize(text)
        return Synthesize(text, SynthesizeVoice(voice.name, speaker=self._config.speaker))


def chosen_voice(offer: WyomingOffer, config: WyomingSpeechConfig) -> Offered | None:
    """None: the server's own choice. Raises NotOfferedError."""
    where, language = f"the server at {config.url}", config.language
    if config.voice is not None:
        voice = offer.named(config.voice)
        if voice is None:
            names = listed((one.name for one in offer.things), near=config.voice)
            raise NotOfferedError(f"tts.voice: {where} has no {config.voice!r}; it has {names}")
        if config.speaker is not None and config.speaker not in voice.speakers:
            names = listed(voice.speakers, near=config.speaker)
            raise NotOfferedError(
                f"tts.speaker: the voice {voice.name!r} of {where} has no speaker "
                f"{config.speaker!r}; it has {names}"
            )
        return voice
    if language is None:
        return None
    for voice in offer.things:
        if voice.speaks(language):
            return voice
    codes = listed(sorted({code for one in offer.things for code in one.languages}))
    raise NotOfferedError(
        f"tts.language: {where} has no voice for {language!r}; it has voices for {codes}"
    )
