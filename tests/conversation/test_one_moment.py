"""A speaker who waits for the language model is told that it is at work."""

import asyncio

import pytest

from marvin.conversation.turn import NOTICES
from marvin.errors import LanguageModelError
from marvin.mind import model_answer
from marvin.mind.written_answer import ONE_MOMENT
from marvin.types import Say
from tests.fake_line import Line, said
from tests.fakes import QUESTION, FakeLanguageModel, FakeSkills, FakeSource


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_answer, "PATIENCE_S", 0.01)


async def asked_of(*deltas: str | Exception) -> Line:
    """A line whose model writes only once the speaker has been told to wait."""
    told = asyncio.Event()
    line = Line(FakeSource(QUESTION), language_model=FakeLanguageModel(told, *deltas))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(line.run())
        await line.until(lambda: ONE_MOMENT in said(line))
        told.set()
    return line


async def test_a_slow_answer_is_announced_once_and_the_notice_is_not_remembered() -> None:
    line = await asked_of("It is noon. ", "It is late.")
    assert said(line) == [ONE_MOMENT, "It is noon.", "It is late."]
    assert line.memory.dialogue.last_reply == "It is noon. It is late."
    assert [one.text for one in line.memory.ask("why")][1:] == [
        "hello", "It is noon. It is late.", "why"
    ]  # fmt: skip


async def test_an_answer_that_fails_after_it_is_not_cut_short() -> None:
    line = await asked_of(LanguageModelError("it is gone"))
    assert said(line) == [ONE_MOMENT, NOTICES["llm"]]


async def test_a_skill_is_not_announced() -> None:
    skills = FakeSkills({"hello": [Say("Hello.")]})
    line = Line(FakeSource(QUESTION), skills=skills)
    await line.run()
    assert said(line) == ["Hello."]


async def test_a_fast_answer_is_not_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_answer, "PATIENCE_S", 300.0)
    line = Line(FakeSource(QUESTION))
    await line.run()
    assert said(line) == ["Hello yourself."]
