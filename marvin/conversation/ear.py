"""Per-chunk audio processing: echo, voice activity, noise floor, wake word."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from marvin.audio.echo.canceller import EchoCanceller
from marvin.audio.echo.selection import load_canceller, source_cancels_echo
from marvin.audio.outlet import PlaybackTap
from marvin.config.tables import Config
from marvin.conversation.hum import HumFilter
from marvin.conversation.noise import NoiseFloor
from marvin.engines.registry import load_detectors
from marvin.events import Event, NearMiss
from marvin.pcm import level_dbfs
from marvin.protocols import (
    RemoteWakeWordDetector,
    StopWordDetector,
    VoiceActivityDetector,
    WakeWordDetector,
)
from marvin.types import RATE_HZ, AudioChunk, Detection
from marvin.wake.stop_word import StopWord

_LOGGER = logging.getLogger(__name__)

_AUDIBLE_DBFS = -65.0
"""Chunks below this level are silence on any usable microphone and skip the models."""

_SPEECH, _SPEECH_DB = 0.6, 6.0
"""Speech probability, and level above the noise floor, at which a chunk may be of a "stop"."""

INACTIVE = (
    'turn.barge_in = "speech" has no effect: nothing removes the echo of Marvin\'s own voice; '
    "`marvin doctor` says what can"
)


@dataclass(frozen=True, slots=True)
class HeardChunk:
    """A chunk with its analysis."""

    chunk: AudioChunk
    """The audio with echo and hum removed."""
    probability: float
    """Speech probability in [0, 1]."""
    level_dbfs: float
    floor_dbfs: float
    """Background noise level."""
    detection: Detection | None
    near_miss: NearMiss | None = None
    stop: bool = False
    """Somebody has just said "stop"."""
    without_own_voice: bool = False
    """Something removes Marvin's own voice."""
    removed_db: float = 0.0
    """By how much that has lowered the level."""


class Ear:
    """Energy gate, then voice activity, then wake word: each stage gates the next."""

    def __init__(
        self,
        vad: VoiceActivityDetector,
        wake: WakeWordDetector,
        stop_word: StopWordDetector | None = None,
        echo: EchoCanceller | None = None,
        *,
        source_cancels_echo: bool = False,
    ) -> None:
        self._vad = vad
        self._stop_word = stop_word
        self._stoppable = False
        self.wake = wake
        """Public so that tools can read its scores."""
        self._echo = echo
        self._source_cancels_echo = source_cancels_echo
        self._noise = NoiseFloor()
        self._hum = HumFilter()
        self._armed = True

    def hear(
        self, chunk: AudioChunk, *, armed: bool, speaking: bool, stoppable: bool = False
    ) -> HeardChunk:
        """Analyse the next chunk.

        `armed` enables wake word detection; `speaking` says that Marvin may be hearing itself;
        `stoppable` that there is something to stop.
        """
        removed_db = 0.0
        if self._echo is not None:
            recorded, chunk = chunk, self._echo.clean(chunk)
            if chunk is not recorded:
                removed_db = level_dbfs(recorded.samples) - level_dbfs(chunk.samples)
        clean = self._hum.clean(chunk)
        level = self._noise.process(clean)
        probability = self._vad.speech_probability(clean) if level > _AUDIBLE_DBFS else 0.0
        detection = near_miss = None
        if armed:
            if not self._armed:
                # Audio from before detection was paused must not trigger again.
                self.wake.reset()
            self.wake.set_speaking(speaking)
            # Unfiltered: the features remove the offset and the model was trained with hum.
            detection = self.wake.process(chunk, probability > 0.0)
            near_miss = self.wake.near_miss
        self._armed = armed
        floor = self._noise.floor_dbfs
        stop = stoppable and self._hears_stop(clean, probability, level - floor)
        self._stoppable = stoppable
        alone = self._source_cancels_echo or (self._echo is not None and self._echo.clear)
        miss = _report(near_miss)
        return HeardChunk(
            clean, probability, level, floor, detection, miss, stop, alone, removed_db
        )

    def _hears_stop(self, chunk: AudioChunk, probability: float, above_floor_db: float) -> bool:
        if self._stop_word is None:
            return False
        if not self._stoppable:
            self._stop_word.reset()
        speech = probability >= _SPEECH and above_floor_db >= _SPEECH_DB
        return self._stop_word.process(chunk, speech=speech)

    def report_to(self, report: Callable[[Event], None]) -> None:
        """`report` is called on any thread when a server that it needs is lost or back."""
        if isinstance(self.wake, RemoteWakeWordDetector):
            self.wake.report_to(report)

    def close(self) -> None:
        if isinstance(self.wake, RemoteWakeWordDetector):
            self.wake.close()

    def reset(self) -> None:
        """Forget all state from earlier audio."""
        self._vad.reset()
        self.wake.reset()
        self._noise = NoiseFloor()
        self._hum = HumFilter()
        self._armed = True


def _report(near_miss: Detection | None) -> NearMiss | None:
    if near_miss is None:
        return None
    _LOGGER.info("wake word near miss, score %.2f", near_miss.score)
    return NearMiss(near_miss.score, near_miss.at / RATE_HZ)


def load_ear(config: Config, tap: PlaybackTap | None = None) -> Ear:
    """Load the configured detectors. Runs on the ear's thread.

    `tap`: what the loudspeaker plays, if the microphone can hear it.
    """
    stop_word = StopWord.load() if config.turn.stop_word else None
    echo, by_source = None, False
    if tap is not None:
        echo = load_canceller(config.audio)
        tap.listener = None if echo is None else echo.play
        if config.turn.barge_in == "speech" and echo is None:
            by_source = source_cancels_echo(config.audio)
            if not by_source:
                _LOGGER.warning("%s", INACTIVE)
    return Ear(*load_detectors(config), stop_word, echo, source_cancels_echo=by_source)
