"""Running questions through a pipeline, and evaluating its events."""

import asyncio
from collections.abc import Callable

import numpy as np
import pytest

from marvin.errors import ModelLoadError
from marvin.events import Armed, Event, StateChanged, TurnFailed, TurnFinished, WakeWordHeard
from marvin.state import State, Trigger
from marvin.types import Samples
from marvin.workshop.bench import bench_run as module
from marvin.workshop.bench.bench_run import NO_QUESTION, NOT_WOKEN, BenchRun, Figures
from marvin.workshop.bench.questions import Question
from marvin.workshop.bench.room import Room

TURN = TurnFinished("answered", 0.9, 1.0, 0.7, 0.1, 0.01, 0.2, 2.0)
SKILL = Question(np.full(800, 0.5, np.float32), 700)
MODEL = Question(np.full(800, 0.25, np.float32), 700, for_language_model=True)
OTHERS = np.full(1600, 0.75, np.float32)

Script = Callable[["FakeLine", Samples], None]


class FakeLine:
    """A room with virtual time, and a pipeline that reacts by script to what is played."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.report: Callable[[Event], None] = lambda event: None
        self.room = _Instant(self)

    async def hold(self, room: Room, report: Callable[[Event], None]) -> None:
        self.report = report
        report(Armed("marvin", 1.5))
        await self.room.ended.wait()

    def hear(self, samples: Samples) -> None:
        if samples.any():
            self._script(self, samples)

    def go(self, *states: State) -> None:
        before = State.IDLE
        for after in states:
            self.report(StateChanged(before, after, Trigger.ENDPOINT, 0.0))
            before = after


class _Instant(Room):
    def __init__(self, line: FakeLine) -> None:
        super().__init__()
        self._line = line
        self.ended = asyncio.Event()

    async def play(self, samples: Samples, mark: int | None = None) -> None:
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        self.mark_s = None if mark is None else loop.time() - 1.0
        self._line.hear(samples)

    def close(self) -> None:
        self.ended.set()


def answer(line: FakeLine, samples: Samples) -> None:
    """The events of a successful turn."""
    if samples is OTHERS:
        return
    line.report(WakeWordHeard(0.9, 0.0))
    line.go(State.LISTENING, State.THINKING, State.SPEAKING)
    line.report(TURN)
    line.go(State.IDLE)


async def run(script: Script, *questions: Question, others: Samples | None = OTHERS) -> Figures:
    line = FakeLine(script)
    return await BenchRun(room=line.room).run(line.hold, questions, others)


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WAKE_S", 0.01)


async def test_first_turn_of_each_kind_does_not_count() -> None:
    figures = await run(answer, SKILL, MODEL, SKILL, MODEL)
    assert [one.for_language_model for one in figures.first] == [False, True]
    assert [one.for_language_model for one in figures.taken] == [False, True, False, True]
    assert all(one.answered and one.turn == TURN for one in figures.taken)
    assert figures.start_up_s == 1.5


async def test_answer_is_timed_from_the_end_of_speech_to_the_first_sound() -> None:
    (taken,) = (await run(answer, SKILL)).taken
    assert taken.answer_s is not None
    assert taken.answer_s >= 1.0


async def test_turn_that_does_not_wake_is_unanswered() -> None:
    figures = await run(lambda line, samples: None, SKILL)
    assert [one.outcome for one in figures.taken] == [NOT_WOKEN]
    assert not figures.taken[0].answered


async def test_turn_that_wakes_but_hears_nothing_is_unanswered() -> None:
    def wake(line: FakeLine, samples: Samples) -> None:
        line.report(WakeWordHeard(0.9, 0.0))
        line.go(State.LISTENING, State.IDLE)

    assert [one.outcome for one in (await run(wake, SKILL, others=None)).taken] == [NO_QUESTION]


async def test_spoken_failure_notice_is_not_an_answer() -> None:
    def fail(line: FakeLine, samples: Samples) -> None:
        line.report(TurnFailed("llm", "what was said stays out"))
        answer(line, samples)

    (taken,) = (await run(fail, MODEL, others=None)).taken
    assert not taken.answered
    assert taken.why == "llm failed"


async def test_listening_is_not_measured_if_other_words_woke_it() -> None:
    def wake_always(line: FakeLine, samples: Samples) -> None:
        answer(line, samples.copy())

    figures = await run(wake_always, SKILL)
    assert figures.speech_share is None
    assert figures.quiet_share is not None


async def test_without_other_speech_listening_is_not_measured() -> None:
    figures = await run(answer, SKILL, others=None)
    assert figures.quiet_share is None


async def test_end_of_the_pipeline_ends_the_session() -> None:
    async def fall(room: Room, report: Callable[[Event], None]) -> None:
        raise ModelLoadError("there is no model")

    with pytest.raises(ModelLoadError, match="there is no model"):
        await BenchRun().run(fall, [SKILL])
