"""Engines of the virtual room, with scripted faults."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from marvin.audio.echo.canceller import EchoCanceller
from marvin.backends.pretrained.place import Place
from marvin.boundary.hanging import perform
from marvin.cancellation import CancelToken
from marvin.dialogue import Dialogue
from marvin.engines.workers.resident import Resident
from marvin.engines.workers.thread import EngineThread
from marvin.engines.workers.worker import Worker
from marvin.errors import LanguageModelError, SynthesisError, TranscriptionError
from marvin.protocols import Intent, Skills
from marvin.stt.address import without_wake_phrase
from marvin.types import (
    CHUNK_SAMPLES,
    RATE_HZ,
    AudioChunk,
    Detection,
    Message,
    Transcript,
    Utterance,
)
from tests.conversation.virtual_room import WAKE, VirtualMicrophone
from tests.conversation.virtual_speaker import WORD_S, Faults, VirtualSpeaker

EngineT = TypeVar("EngineT")
ResultT = TypeVar("ResultT")
_SILENCE_CHUNKS = 5


class _InlineThread(EngineThread[EngineT]):
    """Runs calls on the event loop, which takes no time on the virtual clock and needs no switch of
    threads, unless its stage hangs."""

    def __init__(self, stage: str, resident: Resident[EngineT], faults: Faults) -> None:
        self._stage, self._resident, self._faults = stage, resident, faults
        self.works = False

    def load(self) -> "Future[None]":
        future: Future[None] = Future()
        perform(future, lambda: None)
        return future

    def call(
        self,
        function: Callable[[Resident[EngineT]], ResultT],
        priority: float,
        gives_way: CancelToken | None = None,
    ) -> "Future[ResultT]":
        future: Future[ResultT] = Future()
        if self._faults.of.get(self._stage) == "hangs":
            future.set_running_or_notify_cancel()
        else:
            perform(future, lambda: function(self._resident))
        return future

    def stop(self) -> None:
        pass


class VirtualWorker(Worker[EngineT]):
    """A worker without a thread."""

    def __init__(self, stage: str, load: Callable[[Place], EngineT], faults: Faults) -> None:
        self._faults = faults
        super().__init__(stage, load)

    def _new_thread(self) -> EngineThread[EngineT]:
        resident = Resident(self._name, self._load, self._places, self._notify)
        return _InlineThread(self._stage, resident, self._faults)


class RoomWakeWord:
    """Detects the chunk with the level of the wake word."""

    near_miss: Detection | None = None

    def process(self, chunk: AudioChunk, voice: bool) -> Detection | None:
        woke = chunk.samples.max(initial=0.0) >= WAKE
        return Detection("marvin", 0.9, chunk.end) if woke else None

    def set_speaking(self, speaking: bool) -> None:
        pass

    def reset(self) -> None:
        pass


class RoomEchoCanceller(EchoCanceller):
    """Removes the echo unless the script says that it is on."""

    def __init__(self, microphone: VirtualMicrophone) -> None:
        self._room = microphone

    @property
    def clear(self) -> bool:
        return self._room.echo != "on"

    def clean(self, chunk: AudioChunk) -> AudioChunk:
        return chunk


@dataclass(slots=True)
class RoomStopWord:
    """Hears a `stop` between two silences."""

    microphone: VirtualMicrophone

    def process(self, chunk: AudioChunk, *, speech: bool) -> bool:
        at = chunk.start // CHUNK_SAMPLES - _SILENCE_CHUNKS
        said = [one for one in self.microphone.words if one.last == at and one.text == "stop"]
        return not speech and any(self.microphone.alone(one, _SILENCE_CHUNKS) for one in said)

    def reset(self) -> None:
        pass


@dataclass(slots=True)
class RoomTranscriber:
    microphone: VirtualMicrophone
    faults: Faults
    language: str
    """What is spoken."""
    phrases: Sequence[str]
    """The wake word, alone and with greetings."""

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        self.faults.check("stt", TranscriptionError("broken"))
        said = self.faults.of.get("stt") or self.microphone.transcript(utterance)
        if said == "nothing":
            return Transcript("", confidence=0.0)
        text, called = without_wake_phrase(said, self.phrases)
        return Transcript(text, self.language, 1.0 if text or called else 0.0)


@dataclass(slots=True)
class RoomSkills:
    """The real skills, unless they fail."""

    skills: Skills
    faults: Faults

    def match(
        self,
        text: str,
        alternatives: Sequence[str],
        dialogue: Dialogue,
        token: CancelToken,
        language: str = "",
    ) -> Intent | None:
        self.faults.check("skills", RuntimeError("broken"))
        return self.skills.match(text, alternatives, dialogue, token, language)

    def suggestion(self, language: str = "") -> str:
        return self.skills.suggestion(language)


@dataclass(slots=True)
class RoomVoice:
    speaker: VirtualSpeaker
    faults: Faults
    language: str = ""
    """Empty: the text reaches the script as it is written."""

    def synthesize(self, sentence: str, token: CancelToken) -> Iterator[AudioChunk]:
        self.faults.check("tts", SynthesisError("broken"))
        for number in range(len(sentence.split())):
            token.check()
            samples = np.full(round(WORD_S * RATE_HZ), 0.1, np.float32)
            self.speaker.sentences[id(samples)] = sentence, samples
            yield AudioChunk(samples, start=number * len(samples))


@dataclass(slots=True)
class RoomLanguageModel:
    """Writes a word every 50 ms. `(2 s)` in its answer is a pause, `(fails)` an error."""

    answer: str = "I do not know."
    asked: list[str] = field(default_factory=list)

    def warm(self) -> None:
        pass

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        self.asked.append(messages[-1].text)
        words = iter(self.answer.split())
        for word in words:
            if word == "(fails)":
                raise LanguageModelError("broken")
            if word.startswith("("):
                await asyncio.sleep(float(word[1:]))
                next(words)
                continue
            await asyncio.sleep(0.05)
            yield f"{word} "
