"""Timers ring before anything else is said, and `stop` stops the right thing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from marvin.errors import SynthesisError
from marvin.events import TurnFailed
from marvin.types import Act, AudioChunk, Notice, Say
from tests.fake_line import Line, outcomes, said
from tests.fakes import (
    PAUSE,
    QUESTION,
    TURN,
    FakeLanguageModel,
    FakeSink,
    FakeSkills,
    FakeSource,
    FakeSynthesizer,
    FakeTranscriber,
    audio,
)

CHIME = AudioChunk(audio("s")[0].samples, rate_hz=24_000)
SILENT_S = 30.0


@asynccontextmanager
async def room(**parts: object) -> AsyncIterator[Line]:
    """A room in which no audio finishes playing before `sink.release`."""
    line = Line(FakeSource(live=True), sink=FakeSink(hold=True), **parts)  # type: ignore[arg-type]
    running = asyncio.create_task(line.run())
    async with asyncio.timeout(300):
        while not (hasattr(line, "assistant") and line.assistant.running):  # noqa: ASYNC110
            await asyncio.sleep(0)
    try:
        yield line
        line.sink.release()
        line.source.end()
        async with asyncio.timeout(300):
            await running
    finally:
        running.cancel()
        await asyncio.wait([running])


def ring(line: Line, text: str = "Tea is done.", rest_s: float = 0.0) -> "asyncio.Task[bool]":
    return asyncio.create_task(line.assistant.announcements.ring(CHIME, text, rest_s))


def say(line: Line, text: str) -> "asyncio.Task[object]":
    return asyncio.create_task(line.assistant.announcements.say(text))


async def played(line: Line, chunks: int) -> None:
    """Wait until the loudspeaker has this many chunks."""
    async with asyncio.timeout(300):
        while len(line.sink.played) < chunks:  # noqa: ASYNC110 (it tells nobody)
            await asyncio.sleep(0)


def chimes(line: Line) -> int:
    return sum(chunk is CHIME for chunk in line.sink.played)


async def test_timer_interrupts_an_announcement_which_then_continues() -> None:
    async with room() as line:
        saying = say(line, "One fish. Two fish. Red fish.")
        waiting = say(line, "Blue fish.")
        await played(line, 1)
        rang = ring(line)
        await line.until(lambda: "Tea is done." in said(line))
        assert line.sink.flushed == 1
        assert not saying.done()
        line.sink.release()
        assert await rang is False
        await asyncio.gather(saying, waiting)
    assert said(line) == [
        "One fish. Two fish. Red fish.",
        "Tea is done.",
        "One fish. Two fish. Red fish.",
        "Blue fish.",
    ]
    assert line.states() == ["speaking", "idle"] * 4


async def test_sentences_heard_before_the_timer_are_not_repeated() -> None:
    async with room() as line:
        sentences = [f"This is sentence {number}." for number in range(5)]
        saying = say(line, " ".join(sentences))
        await played(line, 10)
        # One and a half sentences are still unheard: 50 ms per chunk, two chunks per sentence.
        line.sink.unheard_s = 0.15
        rang = ring(line)
        await line.until(lambda: "Tea is done." in said(line))
        line.sink.release()
        await asyncio.gather(rang, saying)
    assert said(line)[-1] == " ".join(sentences[3:])


async def test_waiting_announcement_is_not_spoken_between_two_rings() -> None:
    async with room() as line:
        line.sink.release()

        async def ring_three_times() -> None:
            for _ in range(3):
                assert not await line.assistant.announcements.ring(CHIME, "Tea is done.", 0.01)

        ringing = asyncio.create_task(ring_three_times())
        await line.until(lambda: line.states() == ["speaking", "idle"])
        waiting = say(line, "Dinner is ready.")
        await asyncio.gather(ringing, waiting)
    assert said(line) == ["Tea is done."] * 3 + ["Dinner is ready."]


async def test_timer_rings_between_two_sentences_of_a_reply() -> None:
    model = FakeLanguageModel("First of all. ", "Then this. ", "And that. ", "Done.")
    async with room(language_model=model) as line:
        line.source.say(QUESTION)
        await line.until(lambda: line.states() == TURN[:3])
        rang = ring(line)
        await asyncio.sleep(0.02)
        line.sink.release()
        assert await rang is False
        await line.until(lambda: line.states() == TURN)
    texts = said(line)
    assert [text for text in texts if text != "Tea is done."] == [
        "First of all.",
        "Then this.",
        "And that.",
        "Done.",
    ]
    assert texts.index("Tea is done.") < texts.index("Done.")
    assert outcomes(line) == ["answered"]
    assert chimes(line) == 1


async def test_timer_due_while_the_user_speaks_rings_afterwards() -> None:
    async with room() as line:
        line.sink.release()
        line.source.say(QUESTION[:10])
        await line.until(lambda: line.states() == ["listening"])
        rang = ring(line)
        await asyncio.sleep(0.02)
        assert said(line) == []
        line.source.say("s" * 15 + PAUSE)
        assert await rang is False
    assert said(line) == ["Hello yourself.", "Tea is done."]


async def test_while_the_language_model_thinks_the_chime_sounds_and_the_words_follow() -> None:
    thought = asyncio.Event()
    async with room(language_model=FakeLanguageModel(thought, "At last.")) as line:
        line.sink.release()
        line.source.say(QUESTION)
        await line.until(lambda: line.states() == TURN[:2])
        rang = ring(line)
        # The user is silent for so long that more speech would be a new utterance.
        line.source.say("." * 100)
        await played(line, 1)
        assert line.states() == TURN[:2]
        thought.set()
        assert await rang is False
    assert said(line) == ["At last.", "Tea is done."]
    assert line.sink.played[0].duration_s == pytest.approx(1.5, abs=0.05)


async def test_timer_rings_while_the_next_sentence_takes_long() -> None:
    slow = asyncio.Event()
    async with room(language_model=FakeLanguageModel(Notice("Hm."), slow, "Here.")) as line:
        line.source.say(QUESTION)
        await played(line, 1)
        early = ring(line)
        line.sink.release()
        assert [await early, await ring(line)] == [False, False]
        slow.set()
    assert said(line) == ["Hm.", "Tea is done.", "Tea is done.", "Here."]


async def test_wake_word_ends_the_ringing() -> None:
    async with room() as line:
        rang = ring(line, rest_s=SILENT_S)
        await line.until(lambda: "Tea is done." in said(line))
        line.source.say("..W..")
        assert await rang is True
        assert line.states() == ["speaking", "listening"]
        assert line.sink.flushed == 1


async def test_wake_word_between_two_rings_ends_it_too() -> None:
    async with room() as line:
        line.sink.release()
        rang = ring(line, rest_s=SILENT_S)
        await line.until(lambda: line.states() == ["speaking", "idle"])
        line.source.say("..W..")
        assert await rang is True


@pytest.mark.parametrize("playing", [True, False])
async def test_stop_ends_the_ringing(playing: bool) -> None:
    async with room() as line:
        rang = ring(line, rest_s=SILENT_S)
        await line.until(lambda: "Tea is done." in said(line))
        if not playing:
            line.sink.release()
            await line.until(lambda: line.states() == ["speaking", "idle"])
        line.assistant.stop()
        assert await rang is True
    assert line.states() == ["speaking", "idle"]


async def test_stop_ends_the_announcement_and_all_waiting_ones() -> None:
    async with room() as line:
        saying = say(line, "One fish.")
        waiting = [say(line, text) for text in ("Two fish.", "Red fish.")]
        await line.until(lambda: "One fish." in said(line))
        line.assistant.stop()
        assert await saying is None
        for one in waiting:
            with pytest.raises(asyncio.CancelledError):
                await one
        await asyncio.sleep(0.02)
    assert said(line) == ["One fish."]
    assert line.states() == ["speaking", "idle"]


async def test_stop_never_cancels_a_timer_that_has_not_rung() -> None:
    async with room() as line:
        line.source.say(QUESTION[:10])
        await line.until(lambda: line.states() == ["listening"])
        rang, waiting = ring(line), say(line, "Dinner is ready.")
        await asyncio.sleep(0)
        line.assistant.stop()
        await line.until(lambda: "Tea is done." in said(line))
        line.sink.release()
        assert await rang is False
        assert waiting.cancelled()


async def test_spoken_stop_drops_waiting_announcements() -> None:
    async with room(
        skills=FakeSkills({"stop": []}), transcriber=lambda: FakeTranscriber("stop")
    ) as line:
        saying, waiting = say(line, "One fish."), say(line, "Two fish.")
        await line.until(lambda: "One fish." in said(line))
        line.source.say(QUESTION)
        await asyncio.wait([saying, waiting])
        assert waiting.cancelled()
    assert said(line) == ["One fish."]


async def test_waiting_announcement_is_spoken_after_the_wake_word_alone() -> None:
    async with room() as line:
        waiting = [say(line, text) for text in ("One fish.", "Two fish.")]
        await line.until(lambda: "One fish." in said(line))
        line.sink.release()
        line.source.say("W" + "." * 200)
        await asyncio.gather(*waiting)
    assert said(line) == ["One fish.", "Two fish."]


async def test_announcement_without_a_waiting_caller_is_dropped() -> None:
    async with room() as line:
        saying, waiting = say(line, "One fish."), say(line, "Two fish.")
        await line.until(lambda: "One fish." in said(line))
        waiting.cancel()
        line.sink.release()
        await saying
        await asyncio.sleep(0.02)
    assert said(line) == ["One fish."]


async def test_failing_voice_does_not_prevent_the_timer_s_chime() -> None:
    async with room(synthesizer=FakeSynthesizer(SynthesisError("no voice"))) as line:
        line.sink.release()
        assert await ring(line) is False
        assert chimes(line) == 1
    assert line.of(TurnFailed) == [TurnFailed("tts", "no voice")]


@pytest.mark.parametrize(
    ("text", "answer"), [("hello", "Hello!"), ("mute", ""), ("what is love", "Hello yourself.")]
)
async def test_typed_question_is_answered_silently(text: str, answer: str) -> None:
    skills = FakeSkills({"hello": [Say("Hello!")], "mute": [Act(0.0)]})
    async with room(skills=skills) as line:
        assert await line.assistant.type(text) == answer
        assert line.sink.volume == (0.0 if text == "mute" else 1.0)
    assert line.events == []
    assert line.sink.played == []


async def test_notice_before_a_typed_answer_is_shown_and_not_remembered() -> None:
    model = FakeLanguageModel(Notice("I am asking another one."), "Because.")
    async with room(language_model=model) as line:
        assert await line.assistant.type("why") == "I am asking another one. Because."
        remembered = [message.text for message in line.memory.ask("and")][-3:-1]
    assert remembered == ["why", "Because."]
