"""Failures end in a notice and an armed wake word; bugs are not hidden."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from marvin.config.tables import Config, TurnConfig
from marvin.conversation.turn import CUT_SHORT, NOTICES
from marvin.errors import (
    DeviceFailedError,
    LanguageModelError,
    MarvinError,
    SkillError,
    StageError,
    SynthesisError,
    TranscriptionError,
)
from marvin.events import TurnFailed
from marvin.llm.none import FIRST, LATER, NoLanguageModel
from marvin.llm.pacing import paced
from marvin.mind.not_understood import NOT_UNDERSTOOD
from marvin.protocols import Transcriber
from marvin.types import AudioChunk, Message, Say, Transcript
from tests.fake_line import Line, outcomes, said
from tests.fakes import (
    QUESTION,
    TURN,
    FakeLanguageModel,
    FakeSink,
    FakeSkills,
    FakeSource,
    FakeSynthesizer,
    FakeTranscriber,
    FakeWake,
    Hanging,
)


async def test_unintelligible_speech_is_answered_with_a_notice() -> None:
    line = Line(
        FakeSource(QUESTION), transcriber=lambda: FakeTranscriber(Transcript("", "en", 0.1))
    )
    await line.run()
    assert said(line) == [NOT_UNDERSTOOD]
    assert outcomes(line) == ["not understood"]


async def test_second_misunderstanding_in_a_row_gives_examples() -> None:
    nothing = Transcript("", "en", 0.1)
    heard = FakeTranscriber(nothing, nothing, nothing, "what time is it", nothing, nothing)
    skills = FakeSkills({"what time is it": [Say("Noon.")]})
    line = Line(FakeSource(6 * QUESTION), transcriber=lambda: heard, skills=skills)
    await line.run()
    assert said(line) == [
        NOT_UNDERSTOOD,
        NOT_UNDERSTOOD, "what time is it",
        NOT_UNDERSTOOD,
        "Noon.",
        NOT_UNDERSTOOD,
        NOT_UNDERSTOOD, "what time is it",
    ]  # fmt: skip


async def test_missing_language_model_is_explained_once() -> None:
    questions = [f"who was {name}" for name in ("Ada", "Grace", "Alan")]
    heard = FakeTranscriber(*questions)
    voice = FakeSynthesizer()
    line = Line(
        FakeSource(3 * QUESTION),
        transcriber=lambda: heard,
        language_model=NoLanguageModel(),
        synthesizer=voice,
    )
    await line.run()
    assert said(line) == [*FIRST, LATER, LATER]
    assert "`marvin models list`" in said(line)[1], "for reading"
    assert "marvin models list shows" in voice.sentences[1], "for listening"


@pytest.mark.parametrize(
    ("stages", "stage", "notice"),
    [
        (
            {"transcriber": lambda: FakeTranscriber(TranscriptionError("broken"))},
            "stt",
            NOTICES["stt"],
        ),
        (
            {"skills": FakeSkills({"hello": SkillError("The lamp is not there.")})},
            "skills",
            "The lamp is not there.",
        ),
        ({"language_model": FakeLanguageModel(LanguageModelError("gone"))}, "llm", NOTICES["llm"]),
    ],
)
async def test_failing_stage_ends_in_a_spoken_notice_and_idle(
    stages: dict[str, object], stage: str, notice: str
) -> None:
    line = Line(FakeSource(QUESTION), **stages)  # type: ignore[arg-type]
    await line.run()
    assert line.states() == TURN
    assert said(line)[0] == notice
    assert next(event.stage for event in line.events if isinstance(event, TurnFailed)) == stage


async def test_failing_voice_is_replaced_by_a_tone() -> None:
    line = Line(FakeSource(QUESTION), synthesizer=FakeSynthesizer(SynthesisError("no voice")))
    await line.run()
    assert line.states() == TURN
    assert outcomes(line) == ["failed"]
    assert len(line.sink.played) == 1
    assert line.sink.played[0].duration_s > 0.2


async def test_silent_voice_ends_in_a_tone() -> None:
    line = Line(FakeSource(QUESTION), synthesizer=FakeSynthesizer(chunks=0))
    await line.run()
    assert line.states() == TURN
    assert outcomes(line) == ["failed"]
    assert len(line.sink.played) == 1


async def test_hanging_recogniser_is_given_up_and_the_next_turn_works() -> None:
    hanging = Hanging()
    engines: list[Transcriber] = [hanging, FakeTranscriber("hello")]
    config = Config(turn=TurnConfig(transcribe_s=0.1))
    line = Line(FakeSource(QUESTION + QUESTION), transcriber=lambda: engines.pop(0), config=config)
    await line.run()
    hanging.let_go.set()
    assert line.states() == TURN * 2
    assert outcomes(line) == ["failed", "answered"]
    assert said(line) == [NOTICES["stt"], "Hello yourself."]


async def test_language_model_that_writes_nothing_in_time_fails_the_turn() -> None:
    class Late(FakeLanguageModel):
        def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
            return paced(super().reply(messages), name="it", first_token_s=0.05, answer_s=1.0)

    line = Line(FakeSource(QUESTION), language_model=Late(asyncio.Event(), "late"))
    await line.run()
    assert said(line) == [NOTICES["llm"]]


async def test_empty_reply_of_the_language_model_ends_the_turn() -> None:
    line = Line(FakeSource(QUESTION), language_model=FakeLanguageModel())
    await line.run()
    assert line.states()[-1] == "idle"
    assert said(line) == [NOTICES["llm"]]


@pytest.mark.parametrize("answer", ["...", "\u2026", "?!", "\U0001f600"])
async def test_answer_without_words_counts_as_none(answer: str) -> None:
    line = Line(FakeSource(QUESTION), language_model=FakeLanguageModel(answer))
    await line.run()
    assert said(line) == [NOTICES["llm"]]
    assert outcomes(line) == ["failed"]


async def test_device_failure_during_an_answer_is_not_blamed_on_the_voice() -> None:
    model = FakeLanguageModel("One thing. Another ", DeviceFailedError("out of memory"))
    line = Line(FakeSource(QUESTION), language_model=model)
    await line.run()
    assert said(line) == ["One thing.", CUT_SHORT]
    assert line.of(TurnFailed) == [TurnFailed("llm", "out of memory")]


async def test_bug_in_an_engine_ends_the_turn_and_leaves_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    line = Line(
        FakeSource(QUESTION + QUESTION),
        transcriber=lambda: FakeTranscriber(ZeroDivisionError("bug"), "two"),
        language_model=FakeLanguageModel(KeyError("delta")),
    )
    await line.run()
    assert line.states() == TURN * 2
    assert said(line) == [NOTICES["stt"], NOTICES["llm"]]
    traces = [record.exc_info[0] for record in caplog.records if record.exc_info]
    assert traces == [ZeroDivisionError, KeyError]


async def test_bug_in_the_pipeline_is_not_hidden() -> None:
    class Broken(FakeSink):
        async def play(self, chunk: AudioChunk) -> None:
            raise ZeroDivisionError("bug")

    line = Line(FakeSource(QUESTION), sink=Broken())
    with pytest.raises(ExceptionGroup) as raised:
        await line.run()
    assert isinstance(raised.value.exceptions[0], ZeroDivisionError)


async def test_state_that_lasts_too_long_ends_in_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marvin.conversation.deadlines._SLACK_S", 0.0)
    config = Config(turn=TurnConfig(speaking_s=0.1))
    line = Line(FakeSource(live=True), sink=FakeSink(hold=True), config=config)
    task = asyncio.create_task(line.run())
    line.source.say(QUESTION)
    await line.until(lambda: line.states() == TURN)
    line.source.end()
    await task
    assert line.of(TurnFailed) == [TurnFailed("speaking", "it lasted longer than 0.1 s")]
    assert outcomes(line) == ["interrupted"]


async def test_turn_that_lasts_too_long_ends_with_a_tone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marvin.conversation.deadlines._SLACK_S", 0.0)
    hanging = Hanging()
    config = Config(turn=TurnConfig(transcribe_s=0.1, answer_s=0.1, synthesis_s=0.1))
    line = Line(FakeSource(live=True), transcriber=lambda: hanging, config=config)
    task = asyncio.create_task(line.run())
    line.source.say(QUESTION)
    await line.until(lambda: line.states()[-1:] == ["idle"])
    hanging.let_go.set()
    line.source.end()
    await task
    assert [str(failure) for failure in line.of(TurnFailed)] == [
        str(TurnFailed("thinking", "it lasted longer than 0.3 s"))
    ]
    assert line.sink.played


async def test_ear_that_keeps_failing_ends_the_process() -> None:
    class Deaf(FakeWake):
        def process(self, chunk: AudioChunk, voice: bool) -> None:
            raise TranscriptionError("the model is broken")

    line = Line(FakeSource("." * 10), wake=Deaf())
    with pytest.raises(ExceptionGroup) as raised:
        await line.run()
    (error,) = raised.value.exceptions
    assert isinstance(error, MarvinError)
    assert not isinstance(error, StageError)
    assert "the ear failed repeatedly: the model is broken" in str(error)
