"""Sentences on their way to the loudspeaker: one is synthesised ahead, all are heard in order."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Any, cast

import numpy as np
import pytest

from marvin.cancellation import CancelToken
from marvin.config.tables import TurnConfig
from marvin.conversation.voice import Voice
from marvin.engines.workers.worker import Worker
from marvin.errors import LanguageModelError, PlaybackError, SynthesisError
from marvin.types import AudioChunk


class Engine:
    """Makes chunks of a second; fails where told to."""

    language = ""

    def __init__(self, log: list[str], failing: str = "", chunks: int = 2) -> None:
        self._log = log
        self._failing = failing
        self._chunks = chunks

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        self._log.append(f"make {sentence}")
        if sentence == self._failing:
            raise SynthesisError("broken")
        for _ in range(self._chunks):
            yield AudioChunk(np.zeros(16_000, np.float32))


class LoopWorker:
    """A worker without a thread, so that events happen in a fixed order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.open = 0

    async def stream(
        self,
        function: Callable[[Any, CancelToken], Iterator[AudioChunk]],
        _timeout_s: float,
        **_: Any,
    ) -> AsyncGenerator[AudioChunk]:
        self.open += 1
        try:
            for item in function(self._engine, CancelToken()):
                await asyncio.sleep(0)
                yield item
        finally:
            self.open -= 1


class Loudspeaker:
    """Takes one chunk each time it is told to."""

    def __init__(self, log: list[str], chunks: int = 0) -> None:
        self._log = log
        self._room = asyncio.Semaphore(chunks)
        self.broken = False
        self.flushed = 0
        self.unheard_s = 0.0

    def take(self, chunks: int) -> None:
        for _ in range(chunks):
            self._room.release()

    async def play(self, chunk: AudioChunk) -> None:
        await self._room.acquire()
        if self.broken:
            raise PlaybackError("unplugged")
        self._log.append("play")

    async def drained(self) -> None:
        self._log.append("heard")

    def flush(self) -> float:
        self.flushed += 1
        return self.unheard_s

    def set_volume(self, volume: float) -> None:
        pass


class Scene:
    """A voice, and its events in order."""

    def __init__(self, *, failing: str = "", made: int = 2, chunks: int = 0) -> None:
        """`made` is the number of chunks per sentence, `chunks` how many the loudspeaker takes at
        once.
        """
        self.log: list[str] = []
        self.worker = LoopWorker(Engine(self.log, failing, made))
        self.sink = Loudspeaker(self.log, chunks)
        self.voice = Voice(cast("Worker[Any]", self.worker), self.sink, TurnConfig())

    async def written(self, *sentences: str | Exception) -> AsyncIterator[str]:
        try:
            for sentence in sentences:
                if isinstance(sentence, Exception):
                    raise sentence
                self.log.append(f"read {sentence}")
                yield sentence
        finally:
            self.log.append("closed")

    def speak(self, *sentences: str | Exception) -> "asyncio.Task[None]":
        return asyncio.create_task(
            self.voice.speak(
                self.written(*sentences),
                on_sentence=lambda one: self.log.append(f"begin {one}"),
                on_first_audio=lambda: self.log.append("first audio"),
            )
        )


async def settle() -> None:
    """Wait until nothing more happens by itself."""
    for _ in range(60):
        await asyncio.sleep(0)


async def test_next_sentence_is_made_while_the_previous_one_waits_for_the_loudspeaker() -> None:
    scene = Scene()
    speaking = scene.speak("One.", "Two.", "Three.", "Four.")
    await settle()
    # One sentence ahead and no more; the text after that is also ready.
    one_ahead = ["read One.", "begin One.", "make One.", "read Two.", "begin Two.", "make Two."]
    assert [entry for entry in scene.log if entry != "first audio"] == [*one_ahead, "read Three."]
    scene.log.clear()
    scene.sink.take(1)
    await settle()
    assert scene.log == ["play"]
    scene.sink.take(1)
    await settle()
    assert scene.log == ["play", "play", "begin Three.", "make Three.", "read Four."]
    scene.sink.take(6)
    await speaking
    assert scene.log.count("play") == 8
    assert scene.log[-1] == "heard"
    assert scene.voice.spoken == ["One.", "Two.", "Three.", "Four."]


async def test_first_audio_is_reported_once_before_it_is_queued() -> None:
    scene = Scene(chunks=4)
    await scene.speak("One.", "Two.")
    assert scene.log.count("first audio") == 1
    assert scene.log.index("first audio") < scene.log.index("play")


@pytest.mark.parametrize("failing", ["engine", "text"])
async def test_error_comes_after_the_audio_made_before_it(failing: str) -> None:
    if failing == "engine":
        scene = Scene(failing="Two.")
        speaking = scene.speak("One.", "Two.", "Three.")
    else:
        scene = Scene()
        speaking = scene.speak("One.", LanguageModelError("hung up"))
    await settle()
    assert not speaking.done()
    scene.sink.take(2)
    await settle()
    assert isinstance(speaking.exception(), SynthesisError | LanguageModelError)
    assert scene.log.count("play") == 2
    assert "make Three." not in scene.log
    assert scene.voice.spoken == ["One."]
    assert scene.sink.flushed == 0


async def test_cancelling_flushes_and_leaves_nothing_behind() -> None:
    scene = Scene(chunks=3)
    speaking = scene.speak("One.", "Two.", "Three.", "Four.")
    await settle()
    scene.sink.unheard_s = 2.5  # Of the three queued seconds.
    speaking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await speaking
    assert scene.sink.flushed == 1
    assert scene.voice.spoken == ["One."]
    assert scene.worker.open == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_lost_loudspeaker_ends_the_synthesis() -> None:
    scene = Scene(chunks=1)
    scene.sink.broken = True
    with pytest.raises(PlaybackError):
        await scene.speak("One.", "Two.", "Three.")
    await settle()
    assert "make Three." not in scene.log
    assert scene.worker.open == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_words_without_sound_are_an_error_and_dots_are_not() -> None:
    scene = Scene(made=0)
    await scene.speak("...")
    with pytest.raises(SynthesisError, match="made no sound"):
        await scene.speak("Words.")
    assert scene.log.count("heard") == 1
