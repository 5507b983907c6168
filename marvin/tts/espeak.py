"""Speech synthesis by espeak-ng: small, instant, many languages, no download."""

import logging
from collections.abc import Iterator

import numpy as np

from marvin.backends.espeak.process import EspeakDiedError, EspeakProcess
from marvin.cancellation import CancelToken
from marvin.config.tts import EspeakConfig
from marvin.errors import ModelLoadError, SynthesisError
from marvin.types import AudioChunk

_LOGGER = logging.getLogger(__name__)

_GAIN = 0.85 / 32768
"""Scales int16 to float, attenuated: espeak-ng peaks near full scale, other voices do not."""


class EspeakSynthesizer:
    """An espeak-ng voice in a persistent process."""

    def __init__(self, process: EspeakProcess, voice: str) -> None:
        self._process = process
        self._voice = voice
        self.language = EspeakConfig(voice=voice).reads
        """ISO 639-1 code, for the words of numbers."""

    @classmethod
    def load(cls, config: EspeakConfig) -> "EspeakSynthesizer":
        """Start the process and select the voice.

        Raises:
            ModelLoadError: The library is missing, or there is no such voice.
        """
        process = EspeakProcess(config.words_per_minute, config.pitch, config.volume)
        process.start()
        try:
            process.check_voice(config.voice)
        except ModelLoadError as error:
            process.close()
            raise ModelLoadError(f"tts.voice: {error}") from error
        return cls(process, config.voice)

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        """Audio as it is generated. Retries once if the process dies before the first audio.

        Raises:
            SynthesisError: The process died on the sentence.
            Cancelled: The token was cancelled.
        """
        token.check()
        if not sentence.strip():
            return
        at = 0
        for attempt in (1, 2):
            try:
                for chunk in self._speak(sentence, token):
                    yield chunk
                    at = chunk.end
                return
            except (EspeakDiedError, ModelLoadError) as error:
                if at > 0 or attempt == 2:
                    raise SynthesisError(f"no speech: {error}") from error
                _LOGGER.warning("%s; retrying the sentence", error)

    def _speak(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        at = 0
        for audio in self._process.speak(sentence, self._voice, token):
            samples = np.frombuffer(audio, np.int16).astype(np.float32) * np.float32(_GAIN)
            yield AudioChunk(samples, self._process.rate_hz, at)
            at += len(samples)

    def close(self) -> None:
        self._process.close()
