"""What runs on every chunk of audio: voice activity, noise floor, wake word."""

from dataclasses import dataclass

from marvin.protocols import VoiceActivityDetector, WakeWordDetector
from marvin.types import AudioChunk, Detection
from marvin.vad.noise import NoiseFloor

_AUDIBLE_DBFS = -65.0
"""Below it a room is silent for any microphone that can be used: no model looks at it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A chunk and what the ear made of it."""

    chunk: AudioChunk
    probability: float
    """Of speech, in [0, 1]."""
    level_dbfs: float
    floor_dbfs: float
    """Level of the room when nobody speaks."""
    detection: Detection | None


class Ear:
    """Energy gate, then voice activity, then the wake word: each only if the one before lets it."""

    def __init__(self, vad: VoiceActivityDetector, wake: WakeWordDetector) -> None:
        self._vad = vad
        self.wake = wake
        """For who wants to see its scores."""
        self._noise = NoiseFloor()
        self._armed = True

    def hear(self, chunk: AudioChunk, *, armed: bool, speaking: bool) -> Heard:
        """Take the next chunk.

        `armed`: look for the wake word. `speaking`: Marvin is, and may hear itself.
        """
        level = self._noise.process(chunk)
        probability = self._vad.speech_probability(chunk) if level > _AUDIBLE_DBFS else 0.0
        detection = None
        if armed:
            if not self._armed:
                # What was said before must not wake again.
                self.wake.reset()
            self.wake.set_speaking(speaking)
            detection = self.wake.process(chunk, probability > 0.0)
        self._armed = armed
        return Heard(chunk, probability, level, self._noise.floor_dbfs, detection)

    def reset(self) -> None:
        """Begin another stream: nothing heard before counts."""
        self._vad.reset()
        self.wake.reset()
        self._noise = NoiseFloor()
        self._armed = True
