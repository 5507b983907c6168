"""The language model gets the conversation so far, as the user heard it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from marvin.config.llm import LIMITS, SYSTEM_PROMPT, ConversationTable
from marvin.config.tables import SkillsConfig
from marvin.errors import LanguageModelError
from marvin.events import Heard
from marvin.mind.memory import Memory
from marvin.skills.agenda import Agenda
from marvin.skills.skillset import Skillset
from marvin.types import (
    Ask,
    AudioChunk,
    Message,
    Notice,
    Say,
    Transcript,
)
from tests.fake_line import Line, outcomes, said
from tests.fakes import (
    QUESTION,
    FakeLanguageModel,
    FakeSink,
    FakeSkills,
    FakeSource,
    FakeTranscriber,
)


class Listener(FakeLanguageModel):
    """Records all messages that it is given."""

    def __init__(self, *deltas: str | float | Exception) -> None:
        super().__init__(*deltas)
        self.shown: list[list[tuple[str, str]]] = []

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        self.shown.append([(one.role, one.text) for one in messages if one.role != "system"])
        async for delta in super().reply(messages):
            yield delta


class Queue(FakeSink):
    """Signals when enough chunks are queued."""

    def __init__(self, chunks: int) -> None:
        super().__init__()
        self.all_queued = asyncio.Event()
        self._chunks = chunks

    async def play(self, chunk: AudioChunk) -> None:
        await super().play(chunk)
        if len(self.played) == self._chunks:
            self.all_queued.set()


def two_questions() -> FakeTranscriber:
    return FakeTranscriber("who was Ada", "and when")


async def test_second_question_comes_with_the_first_and_its_answer() -> None:
    model = Listener("She wrote ", "programs. Long ago.")
    await Line(
        FakeSource(QUESTION + QUESTION), transcriber=two_questions, language_model=model
    ).run()
    assert model.shown[1] == [
        ("user", "who was Ada"),
        ("assistant", "She wrote programs. Long ago."),
        ("user", "and when"),
    ]


async def test_skill_answers_are_included() -> None:
    model = Listener("Late.")
    skills = FakeSkills({"who was Ada": [Say("A timer.")]})
    await Line(
        FakeSource(QUESTION + QUESTION),
        transcriber=two_questions,
        language_model=model,
        skills=skills,
    ).run()
    assert model.shown == [
        [("user", "who was Ada"), ("assistant", "A timer."), ("user", "and when")]
    ]


async def test_only_the_heard_part_of_an_interrupted_answer_is_included() -> None:
    model = Listener("One thing. ", "Another thing. ", "A third thing. ", 5.0)
    source = FakeSource(QUESTION, live=True)
    sink = Queue(4)
    line = Line(source, sink=sink, transcriber=two_questions, language_model=model)
    running = asyncio.create_task(line.run())
    await line.until(lambda: said(line) == ["One thing.", "Another thing."])
    async with asyncio.timeout(300):
        await sink.all_queued.wait()
    # A tenth of a second of each sentence was queued; nothing of the second was heard.
    sink.unheard_s = 0.1
    source.say("W.." + "s" * 15 + "." * 20)
    await line.until(lambda: len(model.shown) == 2)
    source.end()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert model.shown[1] == [
        ("user", "who was Ada"),
        ("assistant", "One thing. …"),
        ("user", "and when"),
    ]


async def test_notice_is_spoken_and_not_remembered() -> None:
    model = Listener(Notice("My model does not answer. I am asking another one."), " Late.")
    line = Line(FakeSource(QUESTION + QUESTION), transcriber=two_questions, language_model=model)
    await line.run()
    assert said(line)[:2] == ["My model does not answer. I am asking another one.", "Late."]
    assert model.shown[1][1] == ("assistant", "Late.")


async def test_answer_that_fails_half_way_is_remembered_up_to_there() -> None:
    model = Listener("She wrote programs. Long ", LanguageModelError("cut off"))
    line = Line(FakeSource(QUESTION + QUESTION), transcriber=two_questions, language_model=model)
    await line.run()
    assert outcomes(line) == ["failed", "failed"]
    assert "Sorry, the rest of the answer did not come." in said(line)
    assert model.shown[1][1][0] == "assistant"
    assert model.shown[1][1][1].startswith("She wrote programs.")


async def test_markdown_and_reasoning_are_not_spoken() -> None:
    model = Listener("<think>What now", "?</think>It is **", "bold** and [here](http://a.b).")
    line = Line(FakeSource(QUESTION), language_model=model)
    await line.run()
    assert said(line) == ["It is bold and here."]
    assert line.of(Heard)


async def test_wake_word_warms_the_language_model() -> None:
    model = Listener("Yes.")
    await Line(FakeSource(QUESTION), language_model=model).run()
    assert model.warmed == 1


async def test_skill_question_is_dropped_when_the_user_says_something_else(tmp_path: Path) -> None:
    agenda = Agenda()
    skills = Skillset.load(SkillsConfig(disabled=("units",)), agenda)
    line = Line(
        FakeSource(QUESTION + "." * 10 + QUESTION[6:] + QUESTION),
        transcriber=lambda: FakeTranscriber("set a timer", "why is the sky blue", "five minutes"),
        skills=skills,
    )
    await line.run()
    assert outcomes(line) == ["asked back", "answered", "answered"]
    # The last one goes to the language model too: no question about a timer was pending any more.
    assert said(line)[1:] == ["Hello yourself.", "Hello yourself."]
    assert agenda.timers.next_due() is None


async def test_request_that_no_skill_can_fulfil_never_reaches_the_language_model(
    tmp_path: Path,
) -> None:
    skills = Skillset.load(SkillsConfig(state_dir=tmp_path, disabled=("units",)))
    model = FakeLanguageModel("Sure, done.")
    line = Line(
        FakeSource(QUESTION + QUESTION),
        transcriber=lambda: FakeTranscriber(
            "Turn on the kitchen light.", "What is an alarm clock?"
        ),
        skills=skills,
        language_model=model,
    )
    await line.run()
    assert said(line) == [
        "I cannot turn on the kitchen light: I have no skill for it, but you can add a command.",
        "Sure, done.",
    ]
    assert model.asked == ["What is an alarm clock?"]


def test_system_prompt_ends_with_what_marvin_cannot_do() -> None:
    (prompt, question) = Memory(ConversationTable()).ask("Hello?")
    assert prompt.text == f"{SYSTEM_PROMPT} {LIMITS}"
    assert question.text == "Hello?"
    (prompt, _) = Memory(ConversationTable(system_prompt="Be a pirate.")).ask("Hello?")
    assert prompt.text == f"Be a pirate. {LIMITS}"


def test_empty_system_prompt_stays_empty() -> None:
    (question,) = Memory(ConversationTable(system_prompt="")).ask("Hello?")
    assert question.role == "user"


async def test_alternative_transcripts_are_passed_to_the_skills() -> None:
    question = [Ask("15 or 50?")]
    line = Line(
        FakeSource(QUESTION),
        transcriber=lambda: FakeTranscriber(Transcript("fifteen", alternatives=("fifty",))),
        skills=FakeSkills({"fifteen / fifty": question}),
    )
    await line.run()
    assert said(line) == ["15 or 50?"]
    assert outcomes(line)[0] == "asked back"
