"""Scripted conversations: input, states and speech."""

import asyncio

import pytest

from marvin.config.tables import Config, TurnConfig
from marvin.events import AudioLost, Heard, NearMiss, WakeWordHeard
from marvin.types import RATE_HZ, Act, Ask, AudioChunk, Detection, Say, Transcript
from tests.fake_line import Line, outcomes, said
from tests.fakes import (
    PAUSE,
    QUESTION,
    TURN,
    FakeLanguageModel,
    FakeSink,
    FakeSkills,
    FakeSource,
    FakeTranscriber,
    FakeWake,
)


async def test_skill_answers_a_question() -> None:
    transcriber = FakeTranscriber("what time is it")
    line = Line(
        FakeSource(QUESTION),
        transcriber=lambda: transcriber,
        skills=FakeSkills({"what time is it": [Say("It is noon.")]}),
    )
    events = await line.run()

    assert line.states() == TURN
    assert Heard("what time is it", 1.0) in events
    assert said(line) == ["It is noon."]
    assert outcomes(line) == ["answered"]
    assert len(line.sink.played) == 2
    assert line.source.closed.is_set()
    # The recogniser gets the question, the wake word before it and the silence after it.
    utterance = transcriber.utterances[0]
    assert utterance.samples.max() == pytest.approx(0.5)
    assert utterance.speech_s == pytest.approx(0.64, abs=0.05)


async def test_other_questions_go_to_the_language_model_and_are_spoken_by_sentence() -> None:
    model = FakeLanguageModel("Well", ". Possibly", ", at 3.5", " percent.")
    line = Line(FakeSource(QUESTION), language_model=model)
    await line.run()

    assert model.asked == ["hello"]
    assert said(line) == ["Well.", "Possibly, at 3.5 percent."]
    assert isinstance(line.skills, FakeSkills)
    assert line.memory.dialogue.last_reply == "Well. Possibly, at 3.5 percent."


@pytest.mark.parametrize(
    ("first_clause", "expected"),
    [
        (12, ["Well, it is,", "as far as I know, noon.", "Or not, by the way."]),
        (0, ["Well, it is, as far as I know, noon.", "Or not, by the way."]),
    ],
)
async def test_first_clause_may_be_spoken_before_its_sentence_is_complete(
    first_clause: int, expected: list[str]
) -> None:
    model = FakeLanguageModel("Well, it is, as far", " as I know, noon. Or not,", " by the way.")
    config = Config(turn=TurnConfig(first_clause=first_clause))
    line = Line(FakeSource(QUESTION), language_model=model, config=config)
    await line.run()
    assert said(line) == expected


async def test_two_questions_in_a_row_are_two_turns() -> None:
    line = Line(
        FakeSource(QUESTION + QUESTION),
        transcriber=lambda: FakeTranscriber("one", "two"),
        skills=FakeSkills({"one": [Say("First.")], "two": [Say("Second.")]}),
    )
    await line.run()

    assert line.states() == TURN * 2
    assert said(line) == ["First.", "Second."]


async def test_wake_word_and_question_in_one_breath() -> None:
    line = Line(FakeSource("sssW" + "s" * 15 + PAUSE))
    await line.run()
    assert line.states() == TURN


async def test_command_that_ends_before_the_wake_word_is_recognised_is_not_lost() -> None:
    """The word is recognised up to half a second late: "Marvin, stop" has ended by then."""
    line = Line(
        FakeSource("..." + "s" * 10 + "W" + PAUSE),
        transcriber=lambda: FakeTranscriber("stop"),
        skills=FakeSkills({"stop": []}),
    )
    await line.run()
    assert line.states() == ["listening", "thinking", "idle"]
    assert outcomes(line) == ["answered"]


async def test_silence_after_the_wake_word_ends_in_idle_silently() -> None:
    line = Line(FakeSource("...W" + "." * 150))
    await line.run()
    assert line.states() == ["listening", "idle"]
    assert line.sink.played == []


async def test_after_the_wake_word_alone_it_keeps_listening() -> None:
    line = Line(
        FakeSource("ssssssssW" + PAUSE + ".........." + "s" * 15 + PAUSE),
        transcriber=lambda: FakeTranscriber(Transcript(""), "now the question"),
    )
    await line.run()
    assert line.states() == ["listening", "thinking", *TURN]
    assert outcomes(line) == ["wake word alone", "answered"]


async def test_repeated_wake_word_alone_ends_in_idle() -> None:
    burst = "s" * 10 + PAUSE
    line = Line(
        FakeSource("W" + burst * 4),
        transcriber=lambda: FakeTranscriber(*[Transcript("")] * 4),
    )
    await line.run()
    assert line.states()[-1] == "idle"
    assert outcomes(line) == ["wake word alone"] * 3


async def test_end_of_the_recording_ends_the_utterance() -> None:
    line = Line(FakeSource("...W.." + "s" * 15))
    await line.run()
    assert line.states() == TURN


async def test_recording_may_end_right_after_the_wake_word() -> None:
    line = Line(FakeSource("...W"))
    await line.run()
    assert line.states() == ["listening", "idle"]


async def test_wake_word_interrupts_the_reply() -> None:
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


async def test_reply_that_says_the_wake_word_does_not_interrupt_itself() -> None:
    sink = FakeSink(hold=True)
    line = Line(
        FakeSource(live=True),
        sink=sink,
        skills=FakeSkills({"hello": [Say("I am Marvin, at your service.")]}),
    )
    task = asyncio.create_task(line.run())
    await asyncio.sleep(0)
    line.source.say(QUESTION)
    await line.until(lambda: line.states() == TURN[:3])
    line.source.say("...WWsss....")
    line.source.end()
    await line.source.closed.wait()
    sink.release()
    await task
    assert line.states() == TURN
    assert len(line.of(WakeWordHeard)) == 1


async def test_question_from_marvin_is_answered_without_the_wake_word() -> None:
    line = Line(
        FakeSource(QUESTION + "." * 10 + "s" * 15 + PAUSE),
        transcriber=lambda: FakeTranscriber("set a timer", "ten minutes"),
        skills=FakeSkills({"set a timer": [Ask("For how long?")], "ten minutes": [Say("Done.")]}),
    )
    await line.run()
    assert line.states() == ["listening", "thinking", "speaking", *TURN]
    assert len(line.of(WakeWordHeard)) == 1


async def test_muted_during_a_reply_it_asks_nothing() -> None:
    sink = FakeSink(hold=True)
    config = Config(turn=TurnConfig(follow_up_s=1.0))
    line = Line(FakeSource(live=True), sink=sink, config=config)
    task = asyncio.create_task(line.run())
    await asyncio.sleep(0)
    line.source.say(QUESTION)
    await line.until(lambda: line.states() == TURN[:3])
    line.assistant.mute(True)
    sink.release()
    await line.until(lambda: line.states() != TURN[:3])
    assert line.states() == TURN
    line.source.end()
    await task


async def test_follow_up_window_is_as_long_as_configured() -> None:
    config = Config(turn=TurnConfig(follow_up_s=1.0))
    line = Line(FakeSource(QUESTION + "." * 40), config=config)
    await line.run()
    assert line.states() == ["listening", "thinking", "speaking", "listening", "idle"]


async def test_volume_is_set_on_the_speaker() -> None:
    line = Line(FakeSource(QUESTION), skills=FakeSkills({"hello": [Act(0.3), Say("Okay.")]}))
    await line.run()
    assert line.sink.volume == 0.3


async def test_announcement_waits_until_the_turn_is_over() -> None:
    sink = FakeSink(hold=True)
    line = Line(FakeSource(live=True), sink=sink)
    task = asyncio.create_task(line.run())
    await asyncio.sleep(0)
    line.source.say(QUESTION)
    await line.until(lambda: line.states() == TURN[:3])
    ring = asyncio.create_task(line.assistant.announcements.say("Your tea is ready."))
    await asyncio.sleep(0.02)
    assert said(line) == ["Hello yourself."]
    sink.release()
    await ring
    line.source.end()
    await task
    assert line.states() == [*TURN, "speaking", "idle"]
    assert said(line) == ["Hello yourself.", "Your tea is ready."]


async def test_lost_audio_is_reported_and_the_turn_continues() -> None:
    source = FakeSource(live=True)
    source.say(QUESTION[:8])
    source.skip(0.4)
    source.say(QUESTION[8:])
    source.end()
    line = Line(source)
    events = await line.run()
    assert [event for event in events if isinstance(event, AudioLost)] == [AudioLost(0.4)]
    assert line.states() == TURN


async def test_near_miss_is_reported_and_does_not_wake() -> None:
    class Nearly(FakeWake):
        def process(self, chunk: AudioChunk, voice: bool) -> Detection | None:
            self.near_miss = Detection("marvin", 0.3, chunk.start) if voice else None
            return None

    line = Line(FakeSource("..s.."), wake=Nearly())
    await line.run()
    assert line.events == [NearMiss(0.3, 0.08)]


async def test_detector_is_reset_before_it_is_armed_again() -> None:
    wake = FakeWake()
    line = Line(FakeSource(QUESTION + "..."), wake=wake)
    await line.run()
    assert wake.resets == 1


async def test_pre_roll_begins_with_the_words() -> None:
    transcriber = FakeTranscriber("hello")
    line = Line(
        FakeSource("s" * 10 + "." * 10 + "ssssW" + "s" * 10 + PAUSE),
        transcriber=lambda: transcriber,
    )
    await line.run()
    start_s = transcriber.utterances[0].start / RATE_HZ
    assert 0.4 <= start_s <= 0.8  # In the silence between earlier speech and the wake word.
