"""A simulated living room: noise, other speech, questions and faults."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.robustness.breakable import Fault
from marvin.audio.wavfile import WavSource
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

QUIET_DBFS = -60.0
BEFORE_S = 15.0
"""Silence before a question, to end anything started by other speech."""
AFTER_S = 12.0
"""Silence after a question, in seconds, for the answer and the follow-up window."""
GAP_S = 5.0
_SPEECH_DBFS = -26.0
_SUFFIXES = {".wav", ".flac", ".ogg", ".mp3"}

LINE_FAULTS = (
    Fault.RECOGNISER_HANGS,
    Fault.RECOGNISER_RAISES,
    Fault.SKILL_FAILS,
    Fault.SKILL_RAISES,
    Fault.VOICE_KILLED_BEFORE,
    Fault.VOICE_KILLED_WITHIN,
    Fault.VOICE_STOPPED,
    Fault.EAR_RAISES,
    Fault.EAR_HANGS,
    None,
)
"""Faults in turn; None is a gap in the audio."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A section of the audio."""

    kind: str
    """`quiet`, `speech` or `question`."""
    seconds: float
    sample: str = ""
    """Name of the question in samples/."""
    broken: bool = False
    """Whether a fault happens."""
    fault: Fault | None = None
    """The fault; None for lost audio before the scene."""


def scenes(
    samples: dict[str, float],
    every_s: float,
    fault_every_s: float,
    speech_s: float,
    things: Sequence[Fault | None] = LINE_FAULTS,
) -> Iterator[Scene]:
    """Endless scenes: a question from `samples` (names and lengths) every `every_s`, with one of
    `things` in the first after each `fault_every_s`, and `speech_s` of other speech in between."""
    pick = random.Random(0)
    asked = faults = 0
    at_s = 0.0
    due_s = fault_every_s
    names = sorted(samples)
    while True:
        quiet_s = max(0.0, every_s - speech_s) * pick.uniform(0.6, 1.4)
        yield Scene("quiet", quiet_s)
        if speech_s:
            yield Scene("speech", speech_s)
        name = names[asked % len(names)]
        asked += 1
        seconds = BEFORE_S + samples[name] + AFTER_S
        at_s += quiet_s + speech_s + seconds
        if at_s < due_s:
            yield Scene("question", seconds, name)
            continue
        due_s += fault_every_s
        yield Scene("question", seconds, name, True, things[faults % len(things)])
        faults += 1


class Feed:
    """An audio source that plays scenes; calls `on_scene` before the first chunk of each."""

    def __init__(
        self,
        day: Iterator[Scene],
        recordings: dict[str, Samples],
        speech: Callable[[], Iterator[Samples]],
        on_scene: Callable[[Scene], None],
        *,
        realtime: bool = False,
    ) -> None:
        self.live = realtime
        self.position = 0
        """Samples so far, including lost ones."""
        self.ended = False
        """Set to end after the current scene."""
        self._day = day
        self._recordings = recordings
        self._speech = _for_ever(speech)
        self._on_scene = on_scene
        random = np.random.default_rng(0)
        noise = random.normal(0, 10 ** (QUIET_DBFS / 20), 60 * RATE_HZ)
        self._noise = noise.astype(np.float32)
        self._noise_at = 0

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        """Play scenes until `ended`."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not self.ended:
            scene = next(self._day)
            self._on_scene(scene)
            if scene.broken and scene.fault is None:
                self.position += round(GAP_S * RATE_HZ)
            for samples in self._samples(scene):
                if self.live:
                    at = began + (self.position + len(samples)) / RATE_HZ
                    await asyncio.sleep(at - loop.time())
                start, self.position = self.position, self.position + len(samples)
                yield AudioChunk(samples, RATE_HZ, start)
            await asyncio.sleep(0)

    def _samples(self, scene: Scene) -> Iterator[Samples]:
        if scene.kind == "quiet":
            yield from self._quiet(scene.seconds)
        elif scene.kind == "speech":
            left = round(scene.seconds * RATE_HZ)
            while left > 0:
                samples = next(self._speech)
                yield from _chunked(samples)
                left -= len(samples)
        else:
            yield from self._quiet(BEFORE_S)
            yield from _chunked(self._recordings[scene.sample])
            yield from self._quiet(AFTER_S)

    def _quiet(self, seconds: float) -> Iterator[Samples]:
        for _ in range(round(seconds * RATE_HZ / CHUNK_SAMPLES)):
            if self._noise_at + CHUNK_SAMPLES > len(self._noise):
                # A cheap way to vary the chunks.
                self._noise_at = self.position % 997
            yield self._noise[self._noise_at : self._noise_at + CHUNK_SAMPLES]
            self._noise_at += CHUNK_SAMPLES


class Nowhere:
    """A sink that counts audio, instantly or in real time."""

    def __init__(self, *, realtime: bool = False) -> None:
        self.heard_s = 0.0
        """Seconds of audio received."""
        self._realtime = realtime
        self._ends = 0.0

    async def play(self, chunk: AudioChunk) -> None:
        self.heard_s += chunk.duration_s
        self._ends = max(self._ends, asyncio.get_running_loop().time()) + chunk.duration_s

    async def drained(self) -> None:
        if self._realtime:
            await asyncio.sleep(self._ends - asyncio.get_running_loop().time())

    def flush(self) -> float:
        """Discard queued audio; returns its length in seconds."""
        left_s = max(0.0, self._ends - asyncio.get_running_loop().time())
        self._ends = 0.0
        return left_s if self._realtime else 0.0

    def set_volume(self, volume: float) -> None: ...


async def read(path: Path) -> Samples:
    """A whole recording at RATE_HZ."""
    return np.concatenate([chunk.samples async for chunk in WavSource(path).chunks()])


def other_speech(folder: Path | None) -> Callable[[], Iterator[Samples]]:
    """Cycles through the folder's recordings, normalised to speech level."""

    def recordings() -> Iterator[Samples]:
        import soundfile
        import soxr

        if folder is None:
            return
        for path in sorted(folder.rglob("*")):
            if path.suffix in _SUFFIXES:
                read, rate_hz = soundfile.read(path, always_2d=True)
                samples = soxr.resample(read.mean(axis=1), rate_hz, RATE_HZ)
                samples *= 10 ** (_SPEECH_DBFS / 20) / max(np.sqrt(np.mean(samples**2)), 1e-9)
                yield np.clip(samples, -1, 1).astype(np.float32)

    return recordings


def _for_ever(make: Callable[[], Iterator[Samples]]) -> Iterator[Samples]:
    while True:
        yield from make()


def _chunked(samples: Samples) -> Iterator[Samples]:
    """Whole chunks, the last padded with silence."""
    rest = -len(samples) % CHUNK_SAMPLES
    samples = np.concatenate((samples, np.zeros(rest, np.float32)))
    for at in range(0, len(samples), CHUNK_SAMPLES):
        yield samples[at : at + CHUNK_SAMPLES]
