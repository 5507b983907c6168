"""The audio of a client of `/v1/realtime`: finds where somebody speaks."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marvin.audio.resample import Resampler
from marvin.config.tables import Config
from marvin.conversation.ear import Ear, HeardChunk
from marvin.conversation.endpoint import Endpointer
from marvin.engines.registry import load_engine
from marvin.engines.workers.worker import Worker
from marvin.pcm import to_float32
from marvin.service.http.api_error import ApiError
from marvin.service.http.audio_formats import OUT_HZ
from marvin.service.http.connected import in_thread
from marvin.service.http.realtime_settings import TurnDetection
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Detection, Endpoint, Samples, Utterance

_LONGEST_S = 120.0
"""Most audio that waits to be committed."""
_LARGE = 64 * 1024
"""Longer messages would hold up the event loop."""
_EAR_S = 10.0
_NEVER_S = 3600.0


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    at_ms: int
    utterance: Utterance


class RealtimeInput:
    """Holds the audio that is not committed yet."""

    def __init__(self, config: Config, detection: TurnDetection | None) -> None:
        """The caller starts and stops `ear`."""
        self._config = config
        self.ear = Worker("marvin-vad", lambda _: Ear(load_engine(config.vad), _NoWakeWord()))
        self._resampler = Resampler(OUT_HZ, RATE_HZ)
        self._odd = b""
        self._rest: Samples = np.zeros(0, np.float32)
        self._position = 0
        """End of the audio so far, in samples."""
        self._held: list[Samples] = []
        self.detect(detection)

    def detect(self, detection: TurnDetection | None) -> None:
        """Find turns like this; None: the client commits them."""
        self._detection = detection
        self._endpointer = self._new_endpointer()
        self._speaking = False

    @property
    def held_s(self) -> float:
        """Length of what is not committed, in seconds."""
        return (sum(map(len, self._held)) + len(self._rest)) / RATE_HZ

    async def append(self, audio: str) -> Sequence[SpeechStarted | SpeechStopped]:
        """Add base64 of 16-bit samples; returns what was found in them.

        Raises:
            ApiError: It is not such audio, or too much.
            StageError: The detector failed.
        """
        large = len(audio) > _LARGE
        chunks = await in_thread(self._chunks, audio) if large else self._chunks(audio)
        if self._detection is None:
            self._held += [chunk.samples for chunk in chunks]
            if self.held_s > _LONGEST_S:
                self.clear()
                raise ApiError(400, f"more than {_LONGEST_S:g} s of audio: commit it sooner")
            return []
        heard = await self.ear.call(
            lambda ear, token: [ear.hear(one, armed=False, speaking=False) for one in chunks],
            _EAR_S,
        )
        return [found for one in heard for found in self._follow(one, self._detection)]

    def take(self) -> Utterance | None:
        """What is held, whether or not somebody spoke; None if that is nothing."""
        held = [*self._held, self._rest]
        samples = np.concatenate(held)
        self.clear()
        if not len(samples):
            return None
        start = self._position - len(samples)
        return Utterance(samples, start, len(samples) / RATE_HZ, Endpoint.SILENCE)

    def clear(self) -> None:
        self._held, self._rest, self._odd = [], np.zeros(0, np.float32), b""
        self.detect(self._detection)

    def _chunks(self, audio: str) -> list[AudioChunk]:
        """Raises ApiError."""
        try:
            data = self._odd + base64.b64decode(audio, validate=True)
        except (binascii.Error, ValueError):
            raise ApiError(400, "audio: not base64", param="audio") from None
        whole = len(data) // 2 * 2
        self._odd = data[whole:]
        samples = self._resampler.process(to_float32(np.frombuffer(data[:whole], "<i2")))
        samples = np.concatenate((self._rest, samples))
        count = len(samples) // CHUNK_SAMPLES
        self._rest = samples[count * CHUNK_SAMPLES :].copy()
        chunks = []
        for part in samples[: count * CHUNK_SAMPLES].reshape(count, CHUNK_SAMPLES):
            chunks.append(AudioChunk(part.copy(), start=self._position))
            self._position += CHUNK_SAMPLES
        return chunks

    def _follow(
        self, heard: HeardChunk, detection: TurnDetection
    ) -> Sequence[SpeechStarted | SpeechStopped]:
        chunk = heard.chunk
        self._held.append(chunk.samples)
        endpoint = self._endpointer.process(
            chunk.duration_s, heard.probability, heard.level_dbfs, heard.floor_dbfs
        )
        found: list[SpeechStarted | SpeechStopped] = []
        if self._endpointer.spoke and not self._speaking:
            self._speaking = True
            start = chunk.end - sum(map(len, self._held))
            found.append(SpeechStarted(start * 1000 // RATE_HZ))
        elif not self._speaking:
            before_s = detection.prefix_padding_ms / 1000 + self._config.turn.min_speech_s
            while len(self._held) * CHUNK_SAMPLES > before_s * RATE_HZ:
                del self._held[0]
        if endpoint is not Endpoint.NONE:
            if self._speaking:
                found.append(self._stopped(chunk.end, endpoint))
            self._held = []
            self.detect(detection)
        return found

    def _stopped(self, end: int, endpoint: Endpoint) -> SpeechStopped:
        samples = np.concatenate(self._held)
        utterance = Utterance(
            samples,
            end - len(samples),
            self._endpointer.speech_s,
            endpoint,
            silence_s=self._endpointer.silence_s,
        )
        return SpeechStopped(end * 1000 // RATE_HZ, utterance)

    def _new_endpointer(self) -> Endpointer:
        detection = self._detection or TurnDetection()
        turn = self._config.turn.model_copy(
            update={
                "silence_s": detection.silence_duration_ms / 1000,
                "start_probability": detection.threshold,
                "stop_probability": min(detection.threshold, self._config.turn.stop_probability),
                "max_s": _LONGEST_S,
            }
        )
        return Endpointer(turn, no_speech_s=_NEVER_S)


class _NoWakeWord:
    """The client decides when it sends audio."""

    near_miss: Detection | None = None

    def process(self, chunk: AudioChunk, voice: bool) -> Detection | None:
        return None

    def set_speaking(self, speaking: bool) -> None:
        pass

    def reset(self) -> None:
        pass
