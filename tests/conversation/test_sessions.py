"""Two simultaneous conversations on the same engines do not mix."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from marvin.cancellation import CancelToken
from marvin.config.llm import ConversationTable
from marvin.config.tables import Config, SkillsConfig
from marvin.conversation.assistant import Assistant
from marvin.conversation.ear import Ear
from marvin.conversation.session import Session
from marvin.engines.workers.worker import Worker
from marvin.events import Event, Replied, TurnFinished
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.protocols import Skills, Synthesizer, Transcriber
from marvin.skills.skillset import Skillset
from marvin.types import CHUNK_SAMPLES, Transcript, Utterance
from tests.fakes import (
    PAUSE,
    FakeLanguageModel,
    FakeSink,
    FakeSource,
    FakeSynthesizer,
    FakeVad,
    FakeWake,
)

KITCHEN, BEDROOM = "kitchen", "bedroom"


class Interpreter:
    """Transcribes by room and turn, which it tells by the length of the utterance."""

    def __init__(self, texts: Mapping[str, list[str]]) -> None:
        self._texts = {room: list(lines) for room, lines in texts.items()}
        self.heard: list[str] = []

    def transcribe(self, utterance: Utterance, token: CancelToken) -> Transcript:
        chunks = int(np.isclose(np.abs(utterance.samples), 0.1, atol=0.03).sum()) // CHUNK_SAMPLES
        room = KITCHEN if chunks <= 15 else BEDROOM
        self.heard.append(room)
        return Transcript(self._texts[room].pop(0))


class Room:
    """A session and its results."""

    def __init__(self, speech: str) -> None:
        self.source = FakeSource(live=True)
        self.sink = FakeSink()
        self.memory = Memory(ConversationTable())
        self.events: list[Event] = []
        self.assistant: Assistant
        self._speech = speech
        self._changed = asyncio.Event()

    def report(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    def speak(self) -> None:
        """Say the next line after the wake word."""
        self.source.say("...W.." + self._speech + PAUSE)

    async def turns(self, count: int) -> None:
        async with asyncio.timeout(300):
            while len([one for one in self.events if isinstance(one, TurnFinished)]) < count:
                self._changed.clear()
                await self._changed.wait()

    @property
    def said(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Replied)]


@asynccontextmanager
async def rooms(
    kitchen: list[str], bedroom: list[str]
) -> AsyncIterator[tuple[Room, Room, Interpreter]]:
    interpreter = Interpreter({KITCHEN: kitchen, BEDROOM: bedroom})
    skillset = Skillset.load(SkillsConfig(disabled=("units",)))
    transcriber: Worker[Transcriber] = Worker("marvin-stt", lambda _: interpreter)
    skills: Worker[Skills] = Worker("marvin-skills", lambda _: skillset)
    synthesizer: Worker[Synthesizer] = Worker("marvin-tts", lambda _: FakeSynthesizer())
    config = Config()
    mind = Mind(transcriber, skills, FakeLanguageModel("I do not know."), config.turn)
    both = Room("s" * 15), Room("s" * 30)
    ears: list[Worker[Ear]] = [
        Worker("marvin-ear", lambda _: Ear(FakeVad(), FakeWake())) for _ in both
    ]
    workers: tuple[Worker[Any], ...] = (transcriber, skills, synthesizer, *ears)
    for worker in workers:
        await worker.start()
    try:
        async with asyncio.TaskGroup() as group:
            for number, (room, ear) in enumerate(zip(both, ears, strict=True)):
                session = Session(
                    room.source, room.sink, ear, room.memory, mind, synthesizer, priority=number
                )
                room.assistant = Assistant(session, config, room.report)
                group.create_task(room.assistant.run())
            yield *both, interpreter
            for room in both:
                room.source.end()
    finally:
        for worker in workers:
            await worker.stop(1.0)


async def test_both_are_answered_at_once_each_through_its_own_loudspeaker() -> None:
    async with rooms(["what is one plus two"], ["what is four plus five"]) as (one, other, heard):
        one.speak()
        other.speak()
        await one.turns(1)
        await other.turns(1)
        assert (one.said, other.said) == (["1 plus 2 is 3."], ["4 plus 5 is 9."])
        assert one.sink.played
        assert other.sink.played
        assert sorted(heard.heard) == [BEDROOM, KITCHEN]


async def test_follow_up_belongs_to_the_room_that_was_asked() -> None:
    async with rooms(["set a timer", "ten minutes"], ["ten minutes"]) as (one, other, _):
        one.speak()
        await one.turns(1)
        other.speak()
        await other.turns(1)
        one.source.say("s" * 15 + PAUSE)
        await one.turns(2)
        assert one.said == ["For how long?", "Timer set for 10 minutes."]
        assert other.said == ["I do not know."]


async def test_volume_and_last_reply_belong_to_a_room() -> None:
    quiet = ["set the volume to ten percent", "what did you say"]
    async with rooms(quiet, ["what is one plus two", "what did you say"]) as (one, other, _):
        for turn in (1, 2):
            one.speak()
            await one.turns(turn)
            other.speak()
            await other.turns(turn)
        assert one.said == ["Volume 10 percent.", "Volume 10 percent."]
        assert other.said == ["1 plus 2 is 3."] * 2
        assert (one.sink.volume, other.sink.volume) == (0.1, 1.0)
        assert [one.memory.dialogue.volume, other.memory.dialogue.volume] == [0.1, 1.0]


async def test_each_room_remembers_its_own_conversation() -> None:
    async with rooms(["who wrote Emma"], ["who painted it"]) as (one, other, _):
        for room in (one, other):
            room.speak()
            await room.turns(1)
        texts = [[message.text for message in room.memory.ask("and")] for room in (one, other)]
        assert texts[0][-3:-1] == ["who wrote Emma", "I do not know."]
        assert texts[1][-3:-1] == ["who painted it", "I do not know."]
