"""What the language model writes becomes sentences; a loop stops it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import numpy as np
import pytest

from marvin.config.llm import ConversationTable
from marvin.config.tables import TurnConfig
from marvin.engines.workers.worker import Worker
from marvin.errors import LanguageModelError, ModelLoadError
from marvin.events import ToolUsed
from marvin.mind.memory import Memory
from marvin.mind.mind import Mind
from marvin.protocols import LanguageModel, Skills, Transcriber
from marvin.types import Endpoint, Message, Notice, ReplyItem, Say, Utterance
from tests.fakes import FakeLanguageModel, FakeSkills, FakeTranscriber


async def items(language_model: LanguageModel, most: int = 0) -> list[ReplyItem]:
    """Of the response to a typed question."""
    skills: Worker[Skills] = Worker("skills", lambda _: FakeSkills())
    await skills.start()
    mind = Mind(
        Worker("stt", lambda _: FakeTranscriber("")),
        skills,
        language_model,
        TurnConfig(),
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            response = mind.respond("why?", Memory(ConversationTable(max_sentences=most)), tasks)
            return [item async for item in response.items() if not isinstance(item, ToolUsed)]
    finally:
        await skills.stop(1.0)


async def test_sentences_are_cleaned_and_a_notice_comes_between_them() -> None:
    model = FakeLanguageModel("**One.** T", Notice("Just a moment."), "wo. ", "...")
    assert await items(model) == [Say("One."), Notice("Just a moment."), Say("Two.")]


@pytest.mark.parametrize("written", ["", " \n", "...", "<think>Hm.</think>"])
async def test_answer_without_words_is_an_error(written: str) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        await items(FakeLanguageModel(written))
    assert raised.group_contains(LanguageModelError, match="empty answer")


async def test_model_that_cannot_be_loaded_says_why() -> None:
    with pytest.raises(ExceptionGroup) as raised:
        await items(FakeLanguageModel(ModelLoadError("llm.model = 'x': there is no such file")))
    assert raised.group_contains(LanguageModelError, match="there is no such file")


async def test_nothing_is_written_after_a_loop() -> None:
    written = 0

    class Endless:
        def warm(self) -> None: ...

        async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
            nonlocal written
            while True:
                written += 1
                yield "I am a voice assistant. "

    assert await items(Endless()) == [Say("I am a voice assistant.")]
    assert written < 6


async def test_long_answer_ends_after_so_many_sentences() -> None:
    model = FakeLanguageModel("Yes, it is blue, as it was. ", "1. Two. ", "Three, or four. Five. ")
    spoken = [item.text for item in await items(model, 3) if isinstance(item, Say)]
    assert " ".join(spoken) == "Yes, it is blue, as it was. 1. Two. Three, or four."


@pytest.mark.parametrize(
    ("transcript", "asked"),
    [
        ("The sky is blue during the day. And at night?", ["And at night?"]),
        ("The sky is blue during the day.", []),
        ("And at night?", ["And at night?"]),
    ],
)
async def test_echo_of_the_last_reply_is_no_part_of_the_question(
    transcript: str, asked: list[str]
) -> None:
    skills: Worker[Skills] = Worker("skills", lambda _: FakeSkills())
    transcriber: Worker[Transcriber] = Worker("stt", lambda _: FakeTranscriber(transcript))
    await skills.start()
    await transcriber.start()
    model = FakeLanguageModel("Black.")
    memory = Memory(ConversationTable())
    memory.spoke(["The sky is blue during the day."])
    utterance = Utterance(np.zeros(16_000, np.float32), 0, 1.0, Endpoint.SILENCE)
    mind = Mind(transcriber, skills, model, TurnConfig())
    try:
        async with asyncio.TaskGroup() as tasks:
            response = mind.respond(utterance, memory, tasks)
            answer = [item async for item in response.items()]
    finally:
        await skills.stop(1.0)
        await transcriber.stop(1.0)
    assert model.asked == asked
    assert answer == [Say("Black.")] * len(asked)
