"""A language model that hears the user: what reaches it, and what does not wait for it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from marvin.cancellation import CancelToken
from marvin.config.hearing import Transcripts
from marvin.config.llm import ConversationTable
from marvin.config.tables import TurnConfig
from marvin.engines.workers.worker import Worker
from marvin.errors import TranscriptionError
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.mind.model_answer import MindItem
from marvin.mind.sound_question import asks_about_sound
from marvin.protocols import Skills, Transcriber
from marvin.skills.skillset import Skillset
from marvin.types import RATE_HZ, Endpoint, Message, Say, Transcript, Utterance
from tests.fakes import FakeSkills, FakeTranscriber

SAID = Utterance(np.full(RATE_HZ, 0.1, np.float32), 0, speech_s=0.8, reason=Endpoint.SILENCE)
NOT_UNDERSTOOD = Transcript("", confidence=0.2)
WAKE_WORD = Transcript("", confidence=1.0)


class HearingModel:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Sequence[Message]] = []

    def warm(self) -> None: ...

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        self.asked.append(messages)
        yield "I hear you."


async def answered(
    model: HearingModel,
    hears: Transcripts | None,
    *transcripts: str | Transcript | Exception,
    said: Utterance = SAID,
    memory: Memory | None = None,
) -> list[MindItem]:
    """The items of the response to an utterance; remembered as a turn does."""
    memory = memory or Memory(ConversationTable())
    transcriber: Worker[Transcriber] = Worker("stt", lambda _: FakeTranscriber(*transcripts))
    skills: Worker[Skills] = Worker("skills", lambda _: FakeSkills({"the time": [Say("Noon.")]}))
    await asyncio.gather(transcriber.start(), skills.start())
    mind = Mind(transcriber, skills, model, TurnConfig(), ["marvin"], hears=hears)
    try:
        async with asyncio.TaskGroup() as tasks:
            response = mind.respond(said, memory, tasks)
            items = [item async for item in response.items()]
            text = (await response.transcript()).text
            memory.answered(text, " ".join(one.text for one in items if isinstance(one, Say)))
            return items
    finally:
        await asyncio.gather(transcriber.stop(1.0), skills.stop(1.0))


def heard(messages: Sequence[Message]) -> list[tuple[str, int]]:
    """Text and seconds of what users said."""
    return [
        (one.text, round(sum(map(len, one.audio)) / RATE_HZ))
        for one in messages
        if one.role == "user"
    ]


async def test_the_model_hears_what_was_said_and_others_can_read_it() -> None:
    model = HearingModel()
    assert await answered(model, "beside", "why is the sky blue") == [Say("I hear you.")]
    assert heard(model.asked[0]) == [("why is the sky blue", 1)]
    assert model.asked[0][-1].spoken


async def test_a_model_that_does_not_hear_gets_no_audio() -> None:
    model = HearingModel()
    await answered(model, None, "why is the sky blue")
    assert heard(model.asked[0]) == [("why is the sky blue", 0)]


async def test_a_skill_does_not_wait_for_the_model() -> None:
    model = HearingModel()
    assert await answered(model, "beside", "the time") == [Say("Noon.")]
    assert model.asked == []


@pytest.mark.parametrize("transcript", [NOT_UNDERSTOOD, TranscriptionError("no")])
async def test_what_the_recogniser_cannot_write_is_heard(
    transcript: Transcript | Exception,
) -> None:
    model = HearingModel()
    assert await answered(model, "beside", transcript) == [Say("I hear you.")]
    assert heard(model.asked[0]) == [("", 1)]


@pytest.mark.parametrize(
    ("transcript", "said"), [(WAKE_WORD, SAID), (NOT_UNDERSTOOD, replace(SAID, unprompted=True))]
)
async def test_what_is_no_question_is_not_asked(transcript: Transcript, said: Utterance) -> None:
    model = HearingModel()
    assert await answered(model, "beside", transcript, said=said) == []
    assert model.asked == []


async def test_without_transcripts_the_history_is_heard_again() -> None:
    model, memory = HearingModel(), Memory(ConversationTable())
    for _ in range(3):
        await answered(model, "none", memory=memory)
    assert [heard(one) for one in model.asked] == [[("", 1)] * count for count in (1, 2, 3)]


async def test_what_was_heard_counts_in_the_history() -> None:
    model, memory = HearingModel(), Memory(ConversationTable(history_tokens=400))
    long = replace(SAID, samples=np.zeros(15 * RATE_HZ, np.float32))
    for _ in range(3):
        await answered(model, "none", memory=memory, said=long)
    assert [heard(one) for one in model.asked] == [[("", 15)], [("", 15)] * 2, [("", 15)]]


async def test_the_model_s_own_transcript_has_no_wake_word() -> None:
    model = HearingModel()
    assert await answered(model, "model", "Marvin, the time") == [Say("Noon.")]
    assert model.asked == []


@pytest.mark.parametrize(
    ("question", "seconds"), [("what was that sound", 4), ("what is the capital", 1)]
)
async def test_a_question_about_a_sound_is_heard_with_it(question: str, seconds: int) -> None:
    model = HearingModel()
    said = replace(SAID, earlier=np.full(3 * RATE_HZ, 0.2, np.float32))
    await answered(model, "beside", question, said=said)
    assert heard(model.asked[0]) == [(question, seconds)]


async def test_without_transcripts_every_question_may_be_about_a_sound() -> None:
    model = HearingModel()
    said = replace(SAID, earlier=np.full(3 * RATE_HZ, 0.2, np.float32))
    await answered(model, "none", said=said)
    assert heard(model.asked[0]) == [("", 4)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "What was that noise?"),
        ("en", "did you hear that"),
        ("de", "Was war das für ein Geräusch?"),
        ("es", "¿Qué ha sido ese ruido?"),
        ("fr", "C'était quoi ce bruit ? Quel bruit !"),
        ("it", "Che cos'era quel rumore?"),
        ("nl", "Wat was dat voor geluid?"),
    ],
)
def test_questions_about_sounds(language: str, text: str) -> None:
    assert asks_about_sound(text, language)


@pytest.mark.parametrize("text", ["what is the time", "turn the sound off", "what does it mean"])
def test_other_questions_are_not_about_sounds(text: str) -> None:
    assert not asks_about_sound(text, "en")


def test_no_skill_takes_a_question_about_a_sound(skillset: Skillset) -> None:
    dialogue = Memory(ConversationTable()).dialogue
    for text in ("what was that sound", "what was that noise", "did you hear that"):
        assert skillset.match(text, (), dialogue, CancelToken()) is None


async def test_a_transcript_that_repeats_itself_is_none() -> None:
    model = HearingModel()
    assert await answered(model, "model", "on the way " * 9) == [Say("I hear you.")]
    assert heard(model.asked[0]) == [("", 1)]
