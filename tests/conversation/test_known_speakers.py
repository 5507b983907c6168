"""Who speaks is known in a turn, and changes what is done and how loud the reply is."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from marvin.cancellation import CancelToken
from marvin.config.llm import ConversationTable
from marvin.config.tables import Config, TurnConfig
from marvin.conversation.personal_volume import PersonalVolume
from marvin.dialogue import Dialogue
from marvin.engines.workers.worker import Worker
from marvin.events import Heard
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.mind.speaker_identity import TOO_SHORT, UNKNOWN, SpeakerIdentity
from marvin.protocols import Skills, SpeakerIdentifier
from marvin.types import Ask, AudioChunk, Identification, Person, ReplyItem, Say, Utterance
from tests.fake_line import Line, outcomes, said
from tests.fakes import (
    PAUSE,
    QUESTION,
    FakeLanguageModel,
    FakeSink,
    FakeSkills,
    FakeSource,
    FakeTranscriber,
)

ANNA = Identification(Person("Anna", 0.25), likeness=0.7, nearest="Anna")
BEN = Identification(Person("Ben"), likeness=0.7, nearest="Ben")
STRANGER = Identification(likeness=0.1, nearest="Anna")
A_WORD = Identification(enough=False)
ANSWER = "." * 10 + "s" * 15 + PAUSE


class FakeIdentifier:
    """Returns or raises the next result for each utterance."""

    def __init__(self, *found: Identification | Exception) -> None:
        self._found = list(found)

    def identify(self, utterance: Utterance, token: CancelToken) -> Identification:
        found = self._found.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


class LoudnessSink(FakeSink):
    """Records the volume at which each chunk was played."""

    def __init__(self) -> None:
        super().__init__()
        self.volumes: list[float] = []

    async def play(self, chunk: AudioChunk) -> None:
        self.volumes.append(self.volume)
        await super().play(chunk)


def line(
    *found: Identification | Exception,
    texts: Sequence[str] = ("add milk to my list",),
    replies: dict[str, Sequence[ReplyItem] | Exception] | None = None,
    audio: str = QUESTION,
    known_only: Sequence[str] = (),
    sink: FakeSink | None = None,
) -> Line:
    return Line(
        FakeSource(audio),
        sink=sink,
        transcriber=lambda: FakeTranscriber(*texts),
        skills=FakeSkills(replies or {"add milk to my list": [Say("Noted.")]}),
        identifier=FakeIdentifier(*found),
        known_only=known_only,
    )


@pytest.mark.parametrize(
    ("found", "name"),
    [(ANNA, "Anna"), (STRANGER, ""), (A_WORD, ""), (RuntimeError("a bug"), "")],
)
async def test_event_tells_who_spoke(found: Identification | Exception, name: str) -> None:
    one = line(found)
    events = await one.run()
    assert Heard("add milk to my list", 1.0, name) in events
    assert said(one) == ["Noted."]
    person = one.memory.dialogue.speaker
    assert (person.name if person else "") == name


@pytest.mark.parametrize(
    ("found", "reply"),
    [(ANNA, "Noted."), (STRANGER, UNKNOWN), (A_WORD, TOO_SHORT), (RuntimeError("a bug"), UNKNOWN)],
)
async def test_skill_for_known_people_only(found: Identification | Exception, reply: str) -> None:
    one = line(found, known_only=["fake"])
    await one.run()
    assert " ".join(said(one)) == reply


async def test_other_skills_are_for_everybody() -> None:
    one = line(STRANGER, known_only=["locks"])
    await one.run()
    assert said(one) == ["Noted."]


@pytest.mark.parametrize(
    ("second", "reply"),
    [
        (ANNA, "Done."),
        (A_WORD, "Done."),
        (STRANGER, UNKNOWN),
        (Identification(maybe=ANNA.person, likeness=0.3, nearest="Anna"), "Done."),
        (Identification(maybe=BEN.person, likeness=0.3, nearest="Ben"), UNKNOWN),
    ],
)
async def test_short_answer_is_from_whoever_was_asked(second: Identification, reply: str) -> None:
    one = line(
        ANNA, second,
        texts=("set a timer", "ten minutes"),
        replies={"set a timer": [Ask("For how long?")], "ten minutes": [Say("Done.")]},
        audio=QUESTION + ANSWER,
        known_only=["fake"],
    )  # fmt: skip
    await one.run()
    assert " ".join(said(one)) == f"For how long? {reply}"


async def test_short_question_after_somebody_else_is_from_nobody() -> None:
    one = line(
        ANNA, A_WORD,
        texts=("add milk to my list", "add milk to my list"), audio=QUESTION + QUESTION,
        known_only=["fake"],
    )  # fmt: skip
    await one.run()
    assert " ".join(said(one)) == f"Noted. {TOO_SHORT}"


async def test_typed_text_is_never_refused() -> None:
    skills: Worker[Skills] = Worker("skills", lambda _: FakeSkills({"milk": [Say("Noted.")]}))
    identifier: Worker[SpeakerIdentifier] = Worker("speaker_id", lambda _: FakeIdentifier())
    await skills.start()
    mind = Mind(
        Worker("stt", lambda _: FakeTranscriber()),
        skills,
        FakeLanguageModel(),
        TurnConfig(),
        speakers=SpeakerIdentity(identifier, ["fake"]),
    )
    memory = Memory(ConversationTable())
    memory.dialogue.speaker = Person("Anna")
    try:
        async with asyncio.TaskGroup() as tasks:
            response = mind.respond("milk", memory, tasks)
            assert [item async for item in response.items()] == [Say("Noted.")]
    finally:
        await skills.stop(1.0)
    assert memory.dialogue.speaker is None


async def test_reply_is_as_loud_as_the_person_likes() -> None:
    sink = LoudnessSink()
    one = line(ANNA, BEN, texts=("add milk to my list",) * 2, audio=QUESTION + QUESTION, sink=sink)
    await one.run()
    assert outcomes(one) == ["answered", "answered"]
    half = len(sink.volumes) // 2
    assert set(sink.volumes[:half]) == {0.25}
    assert set(sink.volumes[half:]) == {1.0}
    assert sink.volume == one.memory.dialogue.volume == 1.0


def test_volume_that_a_person_sets_is_their_own() -> None:
    sink, dialogue = FakeSink(), Dialogue(0.8)
    own = PersonalVolume(sink, dialogue)
    anna, ben = Person("Anna", 0.25), Person("Ben")
    with own.of(anna):
        assert dialogue.volume == sink.volume == 0.25
        dialogue.volume = 0.5
    assert dialogue.volume == sink.volume == 0.8
    with own.of(ben):
        dialogue.volume = sink.volume = 0.6
    with own.of(anna):
        assert dialogue.volume == sink.volume == 0.5
    assert dialogue.volume == sink.volume == 0.6
    # Set anew by `marvin voices volume`.
    with own.of(Person("Anna", 0.1)):
        assert sink.volume == 0.1


async def test_hanging_identifier_does_not_hold_the_answer() -> None:
    release = threading.Event()

    class Hanging:
        def identify(self, utterance: Utterance, token: CancelToken) -> Identification:
            release.wait(60)
            return ANNA

    one = line()
    one.identifier = Hanging()
    one.config = Config(turn=TurnConfig(transcribe_s=0.5))
    try:
        await one.run()
    finally:
        release.set()
    assert said(one) == ["Noted."]
    assert one.memory.dialogue.speaker is None
