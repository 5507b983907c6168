"""A loudspeaker, a room and a microphone, in samples instead of seconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from marvin.audio.echo.canceller import TAIL_S, EchoCanceller
from marvin.audio.echo.speexdsp import SpeexFilter, library
from marvin.audio.resample import Resampler
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from tests.paths import SAMPLES

DEVICE_HZ = 48_000
BLOCK = DEVICE_HZ // 50
AHEAD_S = 0.1
"""The device takes its audio this long before it is heard."""


def speech(name: str, seconds: float) -> Samples:
    """A sample, again and again, with little pauses."""
    import soundfile

    samples, rate_hz = soundfile.read(SAMPLES / f"{name}.wav", dtype="float32")
    spoken = Resampler(rate_hz, RATE_HZ).process(samples, last=True)
    return np.resize(np.pad(spoken, (0, 1600)), round(seconds * RATE_HZ)).astype(np.float32)


def room(seed: int = 1) -> Samples:
    """A response that is known: a direct path, and a decaying tail of 0.1 s."""
    tail = np.random.default_rng(seed).normal(0.0, 0.1, RATE_HZ // 10)
    response = tail * np.exp(-np.arange(len(tail)) / 300)
    response[0] = 1.0
    return (0.5 * response).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Scene:
    played: Samples
    """At RATE_HZ, from the first moment on."""
    delay_s: float = 0.06
    """What the devices do not report."""
    drift_ppm: float = 0.0
    near: Samples | None = None
    """What the user says, as long as `played`."""

    @property
    def echo(self) -> Samples:
        heard = Resampler(RATE_HZ, RATE_HZ * (1 + self.drift_ppm * 1e-6)).process(
            self.played, last=True
        )
        heard = np.convolve(heard, room())
        heard = np.concatenate((np.zeros(round(self.delay_s * RATE_HZ)), heard))
        return heard[: len(self.played)].astype(np.float32)

    @property
    def microphone(self) -> Samples:
        noise = np.random.default_rng(2).normal(0.0, 1e-4, len(self.played))
        return (self.echo + noise + (0.0 if self.near is None else self.near)).astype(np.float32)


class Listening:
    """A canceller with what it hears and is told."""

    def __init__(self) -> None:
        speexdsp = library()
        if speexdsp is None:
            pytest.skip("libspeexdsp1 is not installed")
        self.now_s = 0.0
        self.canceller = EchoCanceller(
            lambda: SpeexFilter(speexdsp, TAIL_S), clock=lambda: self.now_s
        )
        self.position = 0
        """Of the microphone."""
        self.opened_s = 0.0
        """When the loudspeaker's device was opened."""

    def hear(self, scene: Scene, *, lost: Sequence[int] = ()) -> Samples:
        """What is left of the scene; chunks that are `lost` are silent."""
        played = Resampler(RATE_HZ, DEVICE_HZ).process(scene.played, last=True)
        began_s, taken, left = self.now_s, 0, []
        microphone = scene.microphone
        for at in range(0, len(microphone), CHUNK_SAMPLES):
            samples = microphone[at : at + CHUNK_SAMPLES]
            while taken < len(played) and taken / DEVICE_HZ < self.now_s - began_s + AHEAD_S:
                self._take(played[taken : taken + BLOCK], began_s + taken / DEVICE_HZ)
                taken += BLOCK
            if at // CHUNK_SAMPLES in lost:
                self.position += len(samples)
                self.now_s += len(samples) / RATE_HZ
                left.append(np.zeros_like(samples))
            else:
                left.append(self.clean(samples).samples)
        return np.concatenate(left)

    def clean(self, samples: Samples) -> AudioChunk:
        chunk = AudioChunk(samples, start=self.position)
        self.position = chunk.end
        self.now_s += len(samples) / RATE_HZ
        return self.canceller.clean(chunk)

    def _take(self, block: Samples, heard_at_s: float) -> None:
        if block.any():
            position = round((heard_at_s - self.opened_s) * DEVICE_HZ)
            self.canceller.play(AudioChunk(block, DEVICE_HZ, position), heard_at_s)


def down_db(scene: Scene, left: Samples, seconds: float = 1.0) -> float:
    """By how much the echo went down in the last seconds."""
    count = round(seconds * RATE_HZ)
    echo, rest = scene.echo[-count:], left[-count:]
    if scene.near is not None:
        rest = rest - scene.near[-count:]
    return float(10 * np.log10(np.vdot(echo, echo) / np.vdot(rest, rest)))


def silent(scene: Scene) -> Scene:
    return replace(scene, played=np.zeros_like(scene.played))
