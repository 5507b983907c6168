"""A user who starts speaking late has as much time as one who starts at once."""

import pytest

from marvin.config.tables import Config, TurnConfig
from marvin.conversation.deadlines import deadline_s
from marvin.events import StateChanged
from marvin.state import State, Trigger
from marvin.types import Endpoint
from tests.fake_line import Line, outcomes
from tests.fakes import PAUSE, QUESTION, FakeSource, FakeTranscriber

CHUNKS_PER_S = 25


def silence(seconds: float) -> str:
    return "." * round(seconds * CHUNKS_PER_S)


def words(seconds: int) -> str:
    """One per second; sound without any pause would be noise."""
    return ("s" * 20 + "." * 5) * seconds


def times(line: Line, cause: Trigger) -> list[float]:
    """Times of state changes with this cause, in seconds of audio."""
    found = [event for event in line.events if isinstance(event, StateChanged)]
    return [event.at_s for event in found if event.cause is cause]


async def test_follow_up_window_of_a_minute_is_open_for_a_minute() -> None:
    config = Config(turn=TurnConfig(follow_up_s=60.0))
    line = Line(FakeSource(QUESTION + silence(70.0)), config=config)
    await line.run()
    (opened,), (closed,) = times(line, Trigger.FOLLOW_UP), times(line, Trigger.NO_SPEECH)
    assert closed - opened == pytest.approx(60.0)


async def test_late_speech_in_a_follow_up_window_is_heard_to_the_end() -> None:
    transcriber = FakeTranscriber("hello", "and this")
    line = Line(
        FakeSource(QUESTION + silence(13.6) + words(6) + PAUSE),
        transcriber=lambda: transcriber,
        config=Config(turn=TurnConfig(follow_up_s=14.0, speculate=False)),
    )
    await line.run()
    late = transcriber.utterances[-1]
    assert late.reason is Endpoint.SILENCE
    # The level is averaged, so the first chunk does not count.
    assert late.speech_s == pytest.approx(6 * 0.8, abs=0.05)
    assert outcomes(line) == ["answered", "answered"]


@pytest.mark.parametrize("waits_s", [0.2, 4.6])
async def test_waiting_after_the_wake_word_leaves_as_much_time_to_speak(waits_s: float) -> None:
    line = Line(FakeSource("...W" + silence(waits_s) + words(20)))
    await line.run()
    begun_s = 4 / CHUNKS_PER_S + waits_s
    (ended_s, *_) = times(line, Trigger.ENDPOINT)
    assert ended_s - begun_s == pytest.approx(TurnConfig().max_s)


def test_no_deadline_ends_a_window_before_it_closes() -> None:
    for turn in (
        TurnConfig(follow_up_s=60.0),
        TurnConfig(question_s=120.0),
        TurnConfig(no_speech_s=120.0),
    ):
        window_s = max(turn.follow_up_s, turn.question_s, turn.no_speech_s)
        assert deadline_s(State.LISTENING, Config(turn=turn)) > window_s + turn.max_s
