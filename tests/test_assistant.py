"""Scripted conversations: what is heard, the states, what is said."""

import asyncio

import pytest

from marvin.config.tables import Config, TurnConfig
from marvin.errors import LanguageModelError, SkillError, SynthesisError, TranscriptionError
from marvin.events import AudioLost, Heard, Replied, TurnFailed, TurnFinished, WakeWordHeard
from marvin.protocols import Transcriber
from marvin.turn import NOT_UNDERSTOOD, NOTICES
from marvin.types import RATE_HZ, AudioChunk, Reply, Transcript
from tests.fakes import (
    FakeLanguageModel,
    FakeSink,
    FakeSkills,
    FakeSource,
    FakeSynthesizer,
    FakeTranscriber,
    FakeWake,
    Hanging,
    Line,
    audio,
)

PAUSE = "." * 20
"""0.8 s: longer than the trailing silence that ends an utterance."""
QUESTION = "...W.." + "s" * 15 + PAUSE
TURN = ["listening", "thinking", "speaking", "idle"]


def said(line: Line) -> list[str]:
    return [event.text for event in line.events if isinstance(event, Replied)]


def outcomes(line: Line) -> list[str]:
    return [event.outcome for event in line.events if isinstance(event, TurnFinished)]


async def test_a_question_is_answered_by_a_skill() -> None:
    transcriber = FakeTranscriber("what time is it")
    line = Line(
        FakeSource(QUESTION),
        transcriber=lambda: transcriber,
        skills=FakeSkills({"what time is it": Reply("It is noon.")}),
    )
    events = await line.run()

    assert line.states() == TURN
    assert Heard("what time is it", 1.0) in events
    assert said(line) == ["It is noon."]
    assert outcomes(line) == ["answered"]
    assert len(line.sink.played) == 2
    assert line.source.closed
    # The recogniser gets what was said, the wake word before it, and the silence after it.
    utterance = transcriber.utterances[0]
    assert utterance.samples.max() == pytest.approx(0.5)
    assert utterance.speech_s == pytest.approx(0.64, abs=0.05)


async def test_what_no_skill_understands_goes_to_the_language_model_sentence_by_sentence() -> None:
    model = FakeLanguageModel("Well", ". Possibly", ", at 3.5", " percent.")
    line = Line(FakeSource(QUESTION), language_model=model)
    await line.run()

    assert model.asked == ["hello"]
    assert said(line) == ["Well.", "Possibly, at 3.5 percent."]
    assert isinstance(line.skills, FakeSkills)
    assert line.skills.last == "Well. Possibly, at 3.5 percent."


async def test_two_questions_in_a_row_are_two_turns() -> None:
    line = Line(
        FakeSource(QUESTION + QUESTION),
        transcriber=lambda: FakeTranscriber("one", "two"),
        skills=FakeSkills({"one": Reply("First."), "two": Reply("Second.")}),
    )
    await line.run()

    assert line.states() == TURN * 2
    assert said(line) == ["First.", "Second."]


async def test_wake_word_and_question_in_one_breath() -> None:
    line = Line(FakeSource("sssW" + "s" * 15 + PAUSE))
    await line.run()
    assert line.states() == TURN


async def test_a_command_that_is_over_when_the_wake_word_is_recognised_is_not_lost() -> None:
    """The word is recognised up to half a second late: "Marvin, stop" ends before that."""
    line = Line(
        FakeSource("..." + "s" * 10 + "W" + PAUSE),
        transcriber=lambda: FakeTranscriber("stop"),
        skills=FakeSkills({"stop": Reply("")}),
    )
    await line.run()
    assert line.states() == ["listening", "thinking", "idle"]
    assert outcomes(line) == ["answered"]


async def test_silence_after_the_wake_word_ends_in_idle_without_a_word() -> None:
    line = Line(FakeSource("...W" + "." * 150))
    await line.run()
    assert line.states() == ["listening", "idle"]
    assert line.sink.played == []


async def test_after_the_wake_word_alone_it_goes_on_listening() -> None:
    line = Line(
        FakeSource("ssssssssW" + PAUSE + ".........." + "s" * 15 + PAUSE),
        transcriber=lambda: FakeTranscriber(Transcript(""), "now the question"),
    )
    await line.run()
    assert line.states() == ["listening", "thinking", *TURN]
    assert outcomes(line) == ["wake word alone", "answered"]


async def test_the_wake_word_alone_again_and_again_ends_in_idle() -> None:
    burst = "s" * 10 + PAUSE
    line = Line(
        FakeSource("W" + burst * 4),
        transcriber=lambda: FakeTranscriber(*[Transcript("")] * 4),
    )
    await line.run()
    assert line.states()[-1] == "idle"
    assert outcomes(line) == ["wake word alone"] * 3


async def test_the_end_of_the_recording_ends_the_utterance() -> None:
    line = Line(FakeSource("...W.." + "s" * 15))
    await line.run()
    assert line.states() == TURN


async def test_the_end_of_the_recording_right_after_the_wake_word() -> None:
    line = Line(FakeSource("...W"))
    await line.run()
    assert line.states() == ["listening", "idle"]


async def test_what_is_not_understood_is_said_so() -> None:
    line = Line(
        FakeSource(QUESTION), transcriber=lambda: FakeTranscriber(Transcript("", "en", 0.1))
    )
    await line.run()
    assert said(line) == [NOT_UNDERSTOOD]
    assert outcomes(line) == ["not understood"]


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
async def test_a_stage_that_fails_ends_in_a_spoken_notice_and_idle(
    stages: dict[str, object], stage: str, notice: str
) -> None:
    line = Line(FakeSource(QUESTION), **stages)  # type: ignore[arg-type]
    await line.run()
    assert line.states() == TURN
    assert said(line)[0] == notice
    assert next(event.stage for event in line.events if isinstance(event, TurnFailed)) == stage


async def test_when_the_voice_fails_there_is_a_tone() -> None:
    line = Line(FakeSource(QUESTION), synthesizer=FakeSynthesizer(SynthesisError("no voice")))
    await line.run()
    assert line.states() == TURN
    assert outcomes(line) == ["failed"]
    assert len(line.sink.played) == 1
    assert line.sink.played[0].duration_s > 0.2


async def test_a_voice_that_makes_no_sound_ends_in_a_tone() -> None:
    line = Line(FakeSource(QUESTION), synthesizer=FakeSynthesizer(chunks=0))
    await line.run()
    assert line.states() == TURN
    assert outcomes(line) == ["failed"]
    assert len(line.sink.played) == 1


async def test_a_recogniser_that_hangs_is_given_up_and_the_next_turn_works() -> None:
    hanging = Hanging()
    engines: list[Transcriber] = [hanging, FakeTranscriber("hello")]
    config = Config(turn=TurnConfig(transcribe_s=0.1))
    line = Line(FakeSource(QUESTION + QUESTION), transcriber=lambda: engines.pop(0), config=config)
    await line.run()
    hanging.let_go.set()
    assert line.states() == TURN * 2
    assert outcomes(line) == ["failed", "answered"]
    assert said(line) == [NOTICES["stt"], "Hello yourself."]


async def test_a_language_model_that_says_nothing_in_time_is_a_failed_turn() -> None:
    config = Config(turn=TurnConfig(answer_s=0.05))
    line = Line(FakeSource(QUESTION), language_model=FakeLanguageModel(5.0, "late"), config=config)
    await line.run()
    assert said(line) == [NOTICES["llm"]]


async def test_a_language_model_that_returns_nothing_ends_the_turn() -> None:
    line = Line(FakeSource(QUESTION), language_model=FakeLanguageModel())
    await line.run()
    assert line.states()[-1] == "idle"
    assert said(line) == [NOTICES["llm"]]


async def test_a_bug_in_an_engine_ends_the_turn_and_leaves_its_trace(
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


async def test_a_bug_in_the_line_itself_is_not_hidden() -> None:
    class Broken(FakeSink):
        async def play(self, chunk: AudioChunk) -> None:
            raise ZeroDivisionError("bug")

    line = Line(FakeSource(QUESTION), sink=Broken())
    with pytest.raises(ExceptionGroup) as raised:
        await line.run()
    assert isinstance(raised.value.exceptions[0], ZeroDivisionError)


async def test_the_wake_word_interrupts_the_reply() -> None:
    sink = FakeSink(hold=True)
    line = Line(FakeSource(live=True), sink=sink, transcriber=lambda: FakeTranscriber("one", "two"))
    task = asyncio.create_task(line.run())
    await asyncio.sleep(0)
    line.source.say(QUESTION)
    await line.until(lambda: line.states() == TURN[:3])
    line.source.say(QUESTION)
    await line.until(lambda: line.states() == [*TURN[:3], *TURN[:3]])
    assert sink.flushed == 1
    sink.release()
    line.source.end()
    await task
    assert outcomes(line) == ["interrupted", "answered"]


async def test_a_reply_that_says_the_wake_word_does_not_interrupt_itself() -> None:
    sink = FakeSink(hold=True)
    line = Line(
        FakeSource(live=True),
        sink=sink,
        skills=FakeSkills({"hello": Reply("I am Marvin, at your service.")}),
    )
    task = asyncio.create_task(line.run())
    await asyncio.sleep(0)
    line.source.say(QUESTION)
    await line.until(lambda: line.states() == TURN[:3])
    line.source.say("...WWsss....")
    line.source.end()
    await asyncio.sleep(0.05)
    sink.release()
    await task
    assert line.states() == TURN
    assert len(line.of(WakeWordHeard)) == 1


async def test_a_question_back_is_answered_without_the_wake_word() -> None:
    line = Line(
        FakeSource(QUESTION + "." * 10 + "s" * 15 + PAUSE),
        transcriber=lambda: FakeTranscriber("set a timer", "ten minutes"),
        skills=FakeSkills(
            {"set a timer": Reply("For how long?", follow_up=True), "ten minutes": Reply("Done.")}
        ),
    )
    await line.run()
    assert line.states() == ["listening", "thinking", "speaking", *TURN]
    assert len(line.of(WakeWordHeard)) == 1


async def test_a_follow_up_window_is_as_long_as_configured() -> None:
    config = Config(turn=TurnConfig(follow_up_s=1.0))
    line = Line(FakeSource(QUESTION + "." * 40), config=config)
    await line.run()
    assert line.states() == ["listening", "thinking", "speaking", "listening", "idle"]


async def test_volume_reaches_the_speaker() -> None:
    line = Line(FakeSource(QUESTION), skills=FakeSkills({"hello": Reply("Okay.", volume=0.3)}))
    await line.run()
    assert line.sink.volume == 0.3


async def test_an_announcement_waits_until_the_turn_is_over() -> None:
    sink = FakeSink(hold=True)
    line = Line(FakeSource(live=True), sink=sink)
    task = asyncio.create_task(line.run())
    await asyncio.sleep(0)
    line.source.say(QUESTION)
    await line.until(lambda: line.states() == TURN[:3])
    ring = asyncio.create_task(line.assistant.announce(audio("s")[0], "Your tea is ready."))
    await asyncio.sleep(0.02)
    assert said(line) == ["Hello yourself."]
    sink.release()
    await ring
    line.source.end()
    await task
    assert line.states() == [*TURN, "speaking", "idle"]
    assert said(line) == ["Hello yourself.", "Your tea is ready."]


async def test_a_state_that_lasts_too_long_ends_in_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marvin.assistant._SLACK_S", 0.0)
    config = Config(turn=TurnConfig(speaking_s=0.1))
    line = Line(FakeSource(live=True), sink=FakeSink(hold=True), config=config)
    task = asyncio.create_task(line.run())
    line.source.say(QUESTION)
    await line.until(lambda: line.states() == TURN)
    line.source.end()
    await task
    assert line.of(TurnFailed) == [TurnFailed("speaking", "it lasted longer than 0.1 s")]
    assert outcomes(line) == ["interrupted"]


async def test_an_ear_that_falls_silent_again_and_again_ends_the_process() -> None:
    class Deaf(FakeWake):
        def process(self, chunk: AudioChunk, voice: bool) -> None:
            raise TranscriptionError("the model is broken")

    line = Line(FakeSource("." * 10), wake=Deaf())
    with pytest.raises(ExceptionGroup):
        await line.run()


async def test_lost_audio_is_reported_and_the_turn_goes_on() -> None:
    source = FakeSource(live=True)
    source.say(QUESTION[:8])
    source.skip(0.4)
    source.say(QUESTION[8:])
    source.end()
    line = Line(source)
    events = await line.run()
    assert [event for event in events if isinstance(event, AudioLost)] == [AudioLost(0.4)]
    assert line.states() == TURN


async def test_the_detector_forgets_what_it_heard_before_it_is_armed_again() -> None:
    wake = FakeWake()
    line = Line(FakeSource(QUESTION + "..."), wake=wake)
    await line.run()
    assert wake.resets == 1


async def test_the_pre_roll_begins_where_the_words_began() -> None:
    transcriber = FakeTranscriber("hello")
    line = Line(
        FakeSource("s" * 10 + "." * 10 + "ssssW" + "s" * 10 + PAUSE),
        transcriber=lambda: transcriber,
    )
    await line.run()
    start_s = transcriber.utterances[0].start / RATE_HZ
    assert 0.4 <= start_s <= 0.8  # in the silence between what was said before and the wake word
