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
    Reply,
    Transcript,
    Utterance,
)

LEVELS = {".": 0.0, "s": 0.1, "W": 0.5}
_ALTERNATING = np.tile(np.array([1.0, -1.0], np.float32), CHUNK_SAMPLES // 2)
"""Sound, which an offset is not: the ear takes that out."""

PAUSE = "." * 20
"""0.8 s: longer than the trailing silence that ends an utterance."""
QUESTION = "...W.." + "s" * 15 + PAUSE
TURN = ["listening", "thinking", "speaking", "idle"]
"""States of a turn that goes well."""


def audio(script: str) -> list[AudioChunk]:
    """A chunk of 40 ms a letter; spaces are for the reader."""
    letters = script.replace(" ", "")
    return [
        AudioChunk(LEVELS[letter] * _ALTERNATING, start=at * CHUNK_SAMPLES)
        for at, letter in enumerate(letters)
    ]


class FakeSource:
    """Plays a script. A live one is fed by hand through `say`, until `end`."""

    def __init__(self, script: str = "", *, live: bool = False) -> None:
        self.live = live
        self._queue: asyncio.Queue[AudioChunk | None] = asyncio.Queue()
        self._position = 0
        self.closed = False
        self.say(script)
        if not live:
            self.end()

    def say(self, script: str) -> None:
        for chunk in audio(script):
            self._queue.put_nowait(AudioChunk(chunk.samples, start=self._position))
            self._position += len(chunk.samples)

    @property
    def waiting(self) -> int:
        """Chunks that nobody has taken yet."""
        return self._queue.qsize()

    def skip(self, seconds: float) -> None:
        """Audio that was lost."""
        self._position += round(seconds * RATE_HZ)

    def end(self) -> None:
        self._queue.put_nowait(None)

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        try:
            while (chunk := await self._queue.get()) is not None:
                yield chunk
        finally:
            self.closed = True


class FakeSink:
    """Records what was played. With `hold`, the end of playback waits for `release`."""

    def __init__(self, *, hold: bool = False) -> None:
        self.played: list[AudioChunk] = []
        self.flushed = 0
        self.unheard_s = 0.0
        """What a flush finds in the queue, in seconds."""
        self.volume = 1.0
        self._heard = asyncio.Event()
        if not hold:
            self._heard.set()

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
    """Hears each `W` that it is given."""

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
    """Gives each utterance the next text, or raises it. Keeps the utterances."""

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
    """Gives its reply, or raises it."""

    def __init__(self, text: str, reply: Reply | Exception, *, certain: bool) -> None:
        self.text = text
        self.certain = certain
        self._reply = reply

    def run(self, token: CancelToken) -> Reply:
        if isinstance(self._reply, Exception):
            raise self._reply
        return self._reply


class FakeSkills:
    """Answers from a table; raises what the table has of exceptions."""

    def __init__(self, replies: dict[str, Reply | Exception] | None = None) -> None:
        self._replies = replies or {}

    def match(
        self, text: str, alternatives: Sequence[str], dialogue: Dialogue, token: CancelToken
    ) -> FakeIntent | None:
        text = " / ".join((text, *alternatives))
        if (reply := self._replies.get(text)) is not None:
            return FakeIntent(text, reply, certain=True)
        if text.startswith("turn "):
            return FakeIntent(text, Reply(f"I cannot {text}."), certain=False)
        return None

    def suggestion(self) -> str:
        return " or ".join(self._replies)


class FakeLanguageModel:
    """Writes its deltas; an exception among them is raised, a number (seconds) or an event is
    waited for."""

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
    """A chunk of 50 ms twice a sentence. Raises what it is told to."""

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
    """A call that never returns by itself: any stage's method will do."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        self.let_go.wait(300)
        return Transcript("too late")

    def hear(self, *args: object, **more: object) -> None:
        self.let_go.wait(300)
