"""A room on the virtual clock: a user, a television, a microphone and a loudspeaker.

Words have a place in the audio, so a transcript lacks what the utterance lacks.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

import numpy as np

from marvin.audio import chime
from marvin.errors import PlaybackError
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples, Utterance

_CHUNK_S = CHUNK_SAMPLES / RATE_HZ
_WORD_CHUNKS = 7
_PAUSE_CHUNKS = 10
_AHEAD_S = 4.0
"""Audio queued before `play` waits, as in the real loudspeaker."""
LATENCY_S = 0.1
FADE_S = 0.01
_SOUNDS = {
    len(make().samples): name
    for name, make in {
        "wake": chime.wake,
        "error": chime.error,
        "timer": chime.timer,
        "open": chime.open_microphone,
        "close": chime.close_microphone,
    }.items()
}
USER, WAKE, OTHERS, ECHO = 0.1, 0.5, 0.018, 0.03
"""Levels of the user, the wake word, a television at -15 dB and Marvin's echo at -10 dB."""


class Faults:
    """What is broken at the moment."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}
        """Stage to `fails`, `hangs` or what else it does."""

    def check(self, stage: str, error: Exception) -> None:
        if self.of.get(stage) == "fails":
            raise error


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word in the microphone's audio, by chunks."""

    text: str
    first: int
    last: int
    level: float = USER
    wakes: bool = False


@dataclass(slots=True)
class Sounding:
    """A sentence or chime at the loudspeaker, in seconds on the virtual clock."""

    text: str
    begins_s: float
    ends_s: float
    is_speech: bool = True
    cut: bool = False


class VirtualSpeaker:
    """An AudioSink that takes as long as a real one."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.heard: list[Sounding] = []
        self.sentences: dict[int, tuple[str, Samples]] = {}
        """The audio of each sentence, by identity."""
        self.volume = 1.0
        self._taken_s = 0.0
        """When the device will have taken everything that is queued."""

    def named(self, chunk: AudioChunk) -> tuple[str, bool]:
        known = self.sentences.get(id(chunk.samples))
        if known is None:
            return _SOUNDS[len(chunk.samples)], False
        return known[0], True

    async def play(self, chunk: AudioChunk) -> None:
        if self._faults.of.get("loudspeaker") == "fails":
            raise PlaybackError("the loudspeaker is lost")
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(self._taken_s - now - _AHEAD_S)
        begins_s = max(self._taken_s, asyncio.get_running_loop().time()) + LATENCY_S
        self._taken_s = begins_s - LATENCY_S + chunk.duration_s
        text, is_speech = self.named(chunk)
        last = self.heard[-1] if self.heard else None
        if last is not None and last.text == text and abs(last.ends_s - begins_s) < 1e-6:
            last.ends_s = begins_s + chunk.duration_s
        else:
            self.heard.append(
                Sounding(text, begins_s, begins_s + chunk.duration_s, is_speech=is_speech)
            )

    async def drained(self) -> None:
        await asyncio.sleep(self.ends_s - asyncio.get_running_loop().time())

    def flush(self) -> float:
        now = asyncio.get_running_loop().time()
        dropped_s = max(0.0, self._taken_s - now - FADE_S)
        end_s = now + FADE_S + LATENCY_S
        if dropped_s:
            self._taken_s = now + FADE_S
            self.heard = [one for one in self.heard if one.begins_s < end_s - FADE_S]
            for one in self.heard:
                if one.ends_s > end_s:
                    one.ends_s, one.cut = end_s, True
        return dropped_s

    def set_volume(self, volume: float) -> None:
        self.volume = volume

    @property
    def ends_s(self) -> float:
        """When the last sound ends."""
        return self.heard[-1].ends_s if self.heard else 0.0

    def audible(self, at_s: float) -> bool:
        return any(one.begins_s <= at_s < one.ends_s for one in reversed(self.heard))


class VirtualMicrophone:
    """A live AudioSource. While `quiet` says so, no time is spent on silent chunks."""

    live = True

    def __init__(self, speaker: VirtualSpeaker) -> None:
        self._speaker = speaker
        self.echo = 0.0
        """Level at which the microphone hears the loudspeaker."""
        self.words: list[SpokenWord] = []
        self.chunk = 0
        self.over = False
        self.quiet: Callable[[], bool] = lambda: False
        self._stirred = asyncio.Event()
        self._awake_until = 0

    def stir(self) -> None:
        """Something happens: go on with silent chunks for 4 s."""
        self._awake_until = self.chunk + 100
        self._stirred.set()

    @property
    def _speech_ends(self) -> int:
        return max((one.last for one in self.words), default=0)

    def speak(self, text: str, level: float = USER) -> float:
        """Say it from now on; returns how long it takes, in seconds."""
        at = begins = self.chunk + 1
        for word in text.replace("...", " ... ").split():
            if word == "...":
                at += _PAUSE_CHUNKS
                continue
            wakes = word.lower().strip(",.?!") == "marvin"
            self.words.append(SpokenWord(word, at, at + _WORD_CHUNKS - 1, level, wakes))
            at += _WORD_CHUNKS
        self.stir()
        return (at - begins) * _CHUNK_S

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        loop = asyncio.get_running_loop()
        while not self.over:
            if self.quiet() and self.chunk > max(self._awake_until, self._speech_ends):
                self._stirred.clear()
                await self._stirred.wait()
            await asyncio.sleep(_CHUNK_S)
            level = max(
                (one.level for one in self.words if one.first <= self.chunk <= one.last),
                default=0.0,
            )
            if any(one.wakes and one.last == self.chunk for one in self.words):
                level = WAKE
            if self._speaker.audible(loop.time()):
                level = max(level, self.echo)
            wave = np.tile(np.array([level, -level], np.float32), CHUNK_SAMPLES // 2)
            yield AudioChunk(wave, start=self.chunk * CHUNK_SAMPLES)
            self.chunk += 1

    def alone(self, word: SpokenWord, silence: int) -> bool:
        """Whether there is silence of so many chunks around the word."""
        others = (one for one in self.words if one is not word)
        return not self.echo and all(
            one.last < word.first - silence or one.first > word.last + silence for one in others
        )

    def transcript(self, utterance: Utterance) -> str:
        """The words whose audio is in the utterance at a level that can be understood."""
        said = []
        for one in self.words:
            first = one.first * CHUNK_SAMPLES - utterance.start
            last = (one.last + 1) * CHUNK_SAMPLES - utterance.start
            inside = utterance.samples[max(0, first) : max(0, last)]
            loud = np.count_nonzero(np.abs(inside) > one.level / 2)
            if loud >= 0.9 * (last - first):
                said.append(one.text)
        return " ".join(said)
