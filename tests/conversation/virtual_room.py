"""What the microphone hears on the virtual clock: a user, a television and the loudspeaker.

Words have a place in the audio, so a transcript lacks what the utterance lacks.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace

import numpy as np

from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Utterance
from tests.conversation.virtual_speaker import VirtualSpeaker

_CHUNK_S = CHUNK_SAMPLES / RATE_HZ
_WORD_CHUNKS = 7
_PAUSE_CHUNKS = 10
USER, WAKE, OTHERS, ECHO = 0.1, 0.5, 0.018, 0.03
"""Levels of the user, the wake word, a television at -15 dB and Marvin's echo at -10 dB."""


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word in the microphone's audio, by chunks."""

    text: str
    first: int
    last: int
    level: float = USER
    wakes: bool = False


class VirtualMicrophone:
    """A live AudioSource. While `quiet` says so, no time is spent on silent chunks."""

    live = True

    def __init__(self, speaker: VirtualSpeaker) -> None:
        self._speaker = speaker
        self.echo = "off"
        """`off`, `on`, or `residual`: an echo that can be understood, though something removes the
        most of it."""
        self._own_word: tuple[str, int] | None = None
        self._own_at = 0
        """Its place in `words`."""
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
            if self.echo != "off" and self._speaker.audible(loop.time()):
                level = max(level, ECHO)
            if self.echo == "residual":
                self._hear_own_word(loop.time())
            wave = np.tile(np.array([level, -level], np.float32), CHUNK_SAMPLES // 2)
            yield AudioChunk(wave, start=self.chunk * CHUNK_SAMPLES)
            self.chunk += 1

    def _hear_own_word(self, now: float) -> None:
        before, self._own_word = self._own_word, self._speaker.at(now)
        if self._own_word is None:
            return
        if self._own_word == before:
            self.words[self._own_at] = replace(self.words[self._own_at], last=self.chunk)
        else:
            text, number = self._own_word
            self._own_at = len(self.words)
            self.words.append(SpokenWord(text.split()[number], self.chunk, self.chunk, ECHO))

    def alone(self, word: SpokenWord, silence: int) -> bool:
        """Whether there is silence of so many chunks around the word."""
        others = (one for one in self.words if one is not word)
        return self.echo == "off" and all(
            one.last < word.first - silence or one.first > word.last + silence for one in others
        )

    def transcript(self, utterance: Utterance) -> str:
        """The words whose audio is in the utterance at a level that can be understood, and that
        nothing louder covers."""
        said = []
        for one in sorted(self.words, key=lambda word: word.first):
            first = one.first * CHUNK_SAMPLES - utterance.start
            last = (one.last + 1) * CHUNK_SAMPLES - utterance.start
            inside = np.abs(utterance.samples[max(0, first) : max(0, last)])
            covered = np.inf if one.wakes else 2 * one.level
            loud = np.count_nonzero((inside > one.level / 2) & (inside < covered))
            if loud >= 0.9 * (last - first):
                said.append(one.text)
        return " ".join(said)
