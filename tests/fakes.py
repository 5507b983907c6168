"""One fake per protocol: scripted input, recorded output. They inherit nothing.

They share a toy audio language: a chunk is silence (`.`), speech (`s`) or the wake word (`W`).
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence

import numpy as np

from marvin.cancellation import CancelToken
from marvin.dialogue import Dialogue
from marvin.types import (
    CHUNK_SAMPLES,
    RATE_HZ,
    AudioChunk,
    Detection,
    Message,
    ReplyItem,
    Say,
    Transcript,
    Utterance,
)

LEVELS = {".": 0.0, "s": 0.1, "W": 0.5}
_ALTERNATING = np.tile(np.array([1.0, -1.0], np.float32), CHUNK_SAMPLES // 2)
"""An alternating signal, because the ear removes an offset."""

PAUSE = "." * 20
"""0.8 s: longer than the trailing silence that ends an utterance."""
QUESTION = "...W.." + "s" * 15 + PAUSE
TURN = ["listening", "thinking", "speaking", "idle"]
"""States of a successful turn."""


def audio(script: str) -> list[AudioChunk]:
    """One chunk of 40 ms per letter; spaces are ignored."""
    letters = script.replace(" ", "")
    return [
        AudioChunk(LEVELS[letter] * _ALTERNATING, start=at * CHUNK_SAMPLES)
        for at, letter in enumerate(letters)
    ]


class FakeSource:
    """Plays a script. A live one is fed by hand with `say`, until `end`."""

    def __init__(self, script: str = "", *, live: bool = False) -> None:
        self.live = live
        self._queue: asyncio.Queue[AudioChunk | None] = asyncio.Queue()
        self._position = 0
        self.closed = asyncio.Event()
        self.say(script)
        if not live:
            self.end()

    def say(self, script: str) -> None:
        for chunk in audio(script):
            self._queue.put_nowait(AudioChunk(chunk.samples, start=self._position))
            self._position += len(chunk.samples)

    @property
    def waiting(self) -> int:
        """Chunks not yet taken."""
        return self._queue.qsize()

    def skip(self, seconds: float) -> None:
        """Lose audio."""
        self._position += round(seconds * RATE_HZ)

    def end(self) -> None:
        self._queue.put_nowait(None)

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        try:
            while (chunk := await self._queue.get()) is not None:
                yield chunk
        finally:
            self.closed.set()


class FakeSink:
    """Records what was played. With `hold`, the end of playback waits for `release`."""

    def __init__(self, *, hold: bool = False) -> None:
        self.played: list[AudioChunk] = []
        self.flushed = 0
        self.unheard_s = 0.0
        """Unplayed audio that a flush finds in the queue, in seconds."""
        self.volume = 1.0
        self._heard = asyncio.Event()
        if not hold:
            self._heard.set()

    def hold(self) -> None:
        self._heard.clear()

    def release(self) -> None:
        self._heard.set()

    async def play(self, chunk: AudioChunk) -> None:
        self.played.append(chunk)

    async def drained(self) -> None:
        await self._heard.wait()

    def flush(self) -> float:
        self.flushed += 1
        return self.unheard_s

    def set_volume(self, volume: float) -> None:
        self.volume = volume


class FakeVad:
    def speech_probability(self, chunk: AudioChunk) -> float:
        return 1.0 if chunk.samples.max(initial=0.0) > 0.0 else 0.0

    def reset(self) -> None:
        pass


class FakeWake:
    """Detects each `W`."""

    near_miss: Detection | None = None

    def __init__(self) -> None:
        self.resets = 0
        self.speaking: list[bool] = []

    def process(self, chunk: AudioChunk, voice: bool) -> Detection | None:
        if chunk.samples.max(initial=0.0) >= LEVELS["W"]:
            return Detection("marvin", 0.9, chunk.end)
        return None

    def set_speaking(self, speaking: bool) -> None:
        self.speaking.append(speaking)

    def reset(self) -> None:
        self.resets += 1


class FakeTranscriber:
    """Returns or raises the next result for each utterance. Keeps the utterances."""

    def __init__(self, *texts: str | Transcript | Exception) -> None:
        self._texts = list(texts)
        self.utterances: list[Utterance] = []

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        self.utterances.append(utterance)
        text = self._texts.pop(0)
        if isinstance(text, Exception):
            raise text
        return text if isinstance(text, Transcript) else Transcript(text)


class FakeIntent:
    """Returns or raises its reply."""

    language = "en"
    request = ""
    confirmed = False
    skills = frozenset({"fake"})

    def __init__(self, text: str, reply: Sequence[ReplyItem] | Exception, *, certain: bool) -> None:
        self.text = text
        self.certain = certain
        self._reply = reply

    def run(self, token: CancelToken) -> Sequence[ReplyItem]:
        if isinstance(self._reply, Exception):
            raise self._reply
        return self._reply


class FakeSkills:
    """Answers from a table; raises exceptions in it."""

    def __init__(self, replies: dict[str, Sequence[ReplyItem] | Exception] | None = None) -> None:
        self._replies = replies or {}

    def match(
        self,
        text: str,
        alternatives: Sequence[str],
        dialogue: Dialogue,
        token: CancelToken,
        language: str = "",
    ) -> FakeIntent | None:
        text = " / ".join((text, *alternatives))
        if (reply := self._replies.get(text)) is not None:
            return FakeIntent(text, reply, certain=True)
        if text.startswith("turn "):
            return FakeIntent(text, [Say(f"I cannot {text}.")], certain=False)
        return None

    def suggestion(self, language: str = "") -> str:
        return " or ".join(self._replies)


class FakeLanguageModel:
    """Writes its deltas; raises exceptions among them, and waits for seconds or events."""

    def __init__(self, *deltas: str | float | asyncio.Event | Exception) -> None:
        self._deltas = deltas
        self.asked: list[str] = []
        self.warmed = 0

    def warm(self) -> None:
        self.warmed += 1

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        self.asked.append(messages[-1].text)
        for delta in self._deltas:
            if isinstance(delta, Exception):
                raise delta
            if isinstance(delta, float):
                await asyncio.sleep(delta)
            elif isinstance(delta, asyncio.Event):
                await delta.wait()
            else:
                yield delta


class FakeSynthesizer:
    """Makes two chunks of 50 ms per sentence. Raises what it is told to."""

    language = "en"

    def __init__(self, error: Exception | None = None, *, chunks: int = 2) -> None:
        self._error = error
        self._chunks = chunks
        self.sentences: list[str] = []

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        self.sentences.append(sentence)
        if self._error is not None:
            raise self._error
        for _ in range(self._chunks):
            token.check()
            yield AudioChunk(np.full(800, 0.1, np.float32))


class Hanging:
    """A call that never returns by itself; it can replace any method of a stage."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        self.let_go.wait(300)
        return Transcript("too late")

    def hear(self, *args: object, **more: object) -> None:
        self.let_go.wait(300)
