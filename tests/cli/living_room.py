"""A simulated room in which somebody answers the chime with the wake word, at full speed."""

import os
import signal
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path

import numpy as np
import pytest

from marvin.audio.devices import Device
from marvin.audio.reader import open_audio, read_blocks
from marvin.config.tables import Config
from marvin.conversation.ear import Ear
from marvin.errors import AudioDeviceError
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Detection, Samples
from tests.fakes import FakeVad
from tests.paths import SAMPLES

_SPOKEN = ("arithmetic", "set_a_timer", "what_time_is_it", "two_questions")


def read(path: Path) -> Samples:
    """Read a file of 16 kHz as samples."""
    with open_audio(path) as file:
        return np.concatenate(list(read_blocks(file)))


def spoken_word(number: int = 0) -> Samples:
    """The word "marvin", cut from one of the spoken questions."""
    samples = read(SAMPLES / f"{_SPOKEN[number % len(_SPOKEN)]}.wav")
    onset = int(np.argmax(np.abs(samples) > 0.05))
    return samples[onset - RATE_HZ // 5 : onset + round(0.65 * RATE_HZ)]


def hiss(seconds: float, level: float = 0.001) -> Samples:
    """The noise of a quiet room."""
    noise = np.random.default_rng(1).standard_normal(round(seconds * RATE_HZ))
    return (noise * level).astype(np.float32)


class LivingRoom:
    """Replaces microphone and speaker, and plays the person in the room."""

    def __init__(self, words: Iterable[Samples] = (), then: Iterable[Samples] = ()) -> None:
        self._words = list(words)
        self._then = list(then)
        self._sound = hiss(0.0)
        self.noise = 0.001
        self.chimes = 0
        self.heard_s = 0.0
        self.interrupt_after_s: float | None = None
        """When Ctrl-C is pressed."""
        self.ends_after_s = 120.0

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Make the command line use this room."""
        room = self

        class Microphone:
            live = False
            rate_hz = 44_100

            def __init__(self, *_: object, **more: object) -> None: ...

            def chunks(self) -> AsyncGenerator[AudioChunk]:
                return room.chunks()

        class Speaker:
            def __init__(self, *_: object, **more: object) -> None: ...

            def open(self) -> None: ...

            async def play(self, chunk: AudioChunk) -> None:
                room.chime()

            async def drained(self) -> None: ...

            def close(self) -> None: ...

        device = Device(3, "Podcast USB", "ALSA", 1, 0, 44_100, True, False)
        patch.setattr("marvin.cli.commands.microphone.Microphone", Microphone)
        patch.setattr("marvin.cli.commands.microphone.choose_device", lambda *_: device)
        patch.setattr("marvin.cli.commands.calibration_session.Speaker", Speaker)

    def chime(self) -> None:
        """The chime sounds, and somebody says the next word."""
        self.chimes += 1
        if self._words:
            self._sound = np.concatenate((self._quiet(0.3), self._words.pop(0)))
        elif self._then:
            self._sound = self._then.pop(0)

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        """What the microphone hears."""
        position = 0
        while position / RATE_HZ < self.ends_after_s:
            self.heard_s = position / RATE_HZ
            if self.interrupt_after_s is not None and self.heard_s >= self.interrupt_after_s:
                self.interrupt_after_s = None
                os.kill(os.getpid(), signal.SIGINT)
            missing = max(0, CHUNK_SAMPLES - len(self._sound)) / RATE_HZ
            sound = np.concatenate((self._sound, self._quiet(missing)))
            self._sound = sound[CHUNK_SAMPLES:]
            yield AudioChunk(sound[:CHUNK_SAMPLES].copy(), start=position)
            position += CHUNK_SAMPLES

    def _quiet(self, seconds: float) -> Samples:
        return hiss(seconds, self.noise)


class LoudnessWake:
    """A wake word detector that scores the loudness of each onset, for tests that need exact
    scores.
    """

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self.last_score = 0.0
        self.second_look: Detection | None = None
        self.near_miss: Detection | None = None

    def process(self, chunk: AudioChunk, voice: bool) -> Detection | None:
        before = self.last_score
        self.last_score = round(float(chunk.samples.max(initial=0.0)), 2)
        if self.last_score == 0.0 or before > 0.0:
            return None
        self.second_look = Detection("marvin", self.last_score, chunk.end)
        return self.second_look if self.last_score >= self._threshold else None

    def set_speaking(self, speaking: bool) -> None: ...

    def reset(self) -> None: ...


def use_loudness(patch: pytest.MonkeyPatch) -> None:
    """Make the next ear score loudness."""

    def load(config: Config) -> Ear:
        return Ear(FakeVad(), LoudnessWake(config.ast().threshold))

    patch.setattr("marvin.cli.commands.microphone.load_ear", load)


def tones(*levels: float) -> Samples:
    """Half a second of tone at each level, each followed by a second of silence."""
    parts = [(np.full(RATE_HZ // 2, one), np.zeros(RATE_HZ)) for one in levels]
    return np.concatenate([part for pair in parts for part in pair]).astype(np.float32)


class DeafSpeaker:
    """A missing speaker."""

    def __init__(self, *_: object, **more: object) -> None: ...

    def open(self) -> None:
        raise AudioDeviceError("this machine has no output device")

    def close(self) -> None: ...
