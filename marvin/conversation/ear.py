"""What runs on every chunk of audio: voice activity, noise floor, wake word."""

import logging
from dataclasses import dataclass

from marvin.config.tables import Config
from marvin.conversation.hum import HumFilter
from marvin.conversation.noise import NoiseFloor
from marvin.engines.registry import load_detectors
from marvin.events import NearMiss
from marvin.protocols import VoiceActivityDetector, WakeWordDetector
from marvin.types import RATE_HZ, AudioChunk, Detection

_LOGGER = logging.getLogger(__name__)

_AUDIBLE_DBFS = -65.0
"""Below it a room is silent for any microphone that can be used: no model looks at it."""


@dataclass(frozen=True, slots=True)
class HeardChunk:
    """A chunk and what the ear made of it."""

    chunk: AudioChunk
    """Without hum."""
    probability: float
    """Of speech, in [0, 1]."""
    level_dbfs: float
    floor_dbfs: float
    """Level of the room when nobody speaks."""
    detection: Detection | None
    near_miss: NearMiss | None = None


class Ear:
    """Energy gate, then voice activity, then the wake word: each only if the one before lets it."""

    def __init__(self, vad: VoiceActivityDetector, wake: WakeWordDetector) -> None:
        self._vad = vad
        self.wake = wake
        """For who wants to see its scores."""
        self._noise = NoiseFloor()
        self._hum = HumFilter()
        self._armed = True

    def hear(self, chunk: AudioChunk, *, armed: bool, speaking: bool) -> HeardChunk:
        """Take the next chunk.

        `armed`: look for the wake word. `speaking`: Marvin is, and may hear itself.
        """
        clean = self._hum.clean(chunk)
        level = self._noise.process(clean)
        probability = self._vad.speech_probability(clean) if level > _AUDIBLE_DBFS else 0.0
        detection = near_miss = None
        if armed:
            if not self._armed:
                # What was said before must not wake again.
                self.wake.reset()
            self.wake.set_speaking(speaking)
            # As it came: its features have no offset, and its model knows hums.
            detection = self.wake.process(chunk, probability > 0.0)
            near_miss = self.wake.near_miss
        self._armed = armed
        floor = self._noise.floor_dbfs
        return HeardChunk(clean, probability, level, floor, detection, _told(near_miss))

    def reset(self) -> None:
        """Begin another stream: nothing heard before counts."""
        self._vad.reset()
        self.wake.reset()
        self._noise = NoiseFloor()
        self._hum = HumFilter()
        self._armed = True


def _told(near_miss: Detection | None) -> NearMiss | None:
    if near_miss is None:
        return None
    _LOGGER.info("near-miss of the wake word, score %.2f", near_miss.score)
    return NearMiss(near_miss.score, near_miss.at / RATE_HZ)


def load_ear(config: Config) -> Ear:
    """The configured detectors. Runs on the ear's thread."""
    return Ear(*load_detectors(config))
