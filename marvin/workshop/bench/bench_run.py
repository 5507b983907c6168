"""Asks a running pipeline questions and measures its turns."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np

from marvin.engines.workers.freed_memory import resident_mb
from marvin.errors import MarvinError
from marvin.events import Armed, Event, StateChanged, TurnFailed, TurnFinished, WakeWordHeard
from marvin.state import State
from marvin.types import RATE_HZ, Samples
from marvin.workshop.bench.questions import Question
from marvin.workshop.bench.room import Room

NOT_WOKEN = "did not wake"
NO_QUESTION = "woke, but heard no question"
_WAKE_S = 3.0
"""Longest wait for the detection after the recorded wake word."""
_BREATH_S = 1.0
"""Silence before each question."""
_QUIET_S = 6.0


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome of a question."""

    for_language_model: bool
    outcome: str
    """As in `TurnFinished`, or NOT_WOKEN or NO_QUESTION."""
    answer_s: float | None = None
    """From the end of speech to the first audio of the answer."""
    turn: TurnFinished | None = None
    why: str = ""
    """What failed, if anything; nothing that was said."""

    @property
    def answered(self) -> bool:
        return self.outcome in {"answered", "asked back"} and not self.why


@dataclass(frozen=True, slots=True)
class Figures:
    """The measurements of a run."""

    start_up_s: float
    """Time until listening."""
    first: tuple[Taken, ...]
    """The first turn of each kind, which may include loading; not part of `taken`."""
    taken: tuple[Taken, ...]
    memory_mb: float
    """Memory of the process after all turns; 0 if unknown."""
    quiet_share: float | None
    """CPU share of one core in silence; None if not measured."""
    speech_share: float | None
    """CPU share of one core during other speech; None if that woke it or was not measured."""


class BenchRun:
    """One run of the pipeline. Not thread-safe: use it on the event loop."""

    def __init__(
        self, tell: Callable[[str], None] = lambda what: None, room: Room | None = None
    ) -> None:
        """`tell` receives progress messages."""
        self.room = room or Room()
        self._tell = tell
        self._changed = asyncio.Event()
        self._start_up_s: float | None = None
        self._state = State.IDLE
        self._wakes = 0
        self._turn: TurnFinished | None = None
        self._answered_at_s: float | None = None
        self._failures: list[str] = []

    async def run(
        self,
        hold: Callable[[Room, Callable[[Event], None]], Awaitable[None]],
        questions: Sequence[Question],
        others: Samples | None = None,
    ) -> Figures:
        """Ask all questions of the pipeline that `hold` runs.

        `others` is speech not meant for Marvin, needed to measure the cost of listening.

        Raises:
            MarvinError: The error that ended the pipeline.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_awaited(hold(self.room, self._note)))
                figures = await self._measure(questions, others)
                self.room.close()
        except* MarvinError as errors:
            raise errors.exceptions[0] from None
        return figures

    async def _measure(self, questions: Sequence[Question], others: Samples | None) -> Figures:
        self._tell("loading")
        await self._until(lambda: self._start_up_s is not None)
        self._tell("the first turn")
        first: dict[bool, Question] = {}
        for question in questions:
            first.setdefault(question.for_language_model, question)
        warmed = [await self._ask(one) for one in first.values()]
        quiet_share = speech_share = None
        if others is not None:
            quiet_share, speech_share = await self._listen(others)
        taken = []
        for number, question in enumerate(questions, 1):
            self._tell(f"question {number} of {len(questions)}")
            taken.append(await self._ask(question))
        assert self._start_up_s is not None
        return Figures(
            self._start_up_s, tuple(warmed), tuple(taken), resident_mb(), quiet_share, speech_share
        )

    async def _listen(self, others: Samples) -> tuple[float, float | None]:
        """CPU shares of listening to silence and to other speech."""
        self._tell("listening to silence")
        quiet_share = await self._share(np.zeros(round(_QUIET_S * RATE_HZ), np.float32))
        self._tell("listening to other speech")
        wakes = self._wakes
        speech_share = await self._share(others)
        woke = self._wakes != wakes
        await self._until(lambda: self._state is State.IDLE)
        return quiet_share, None if woke else speech_share

    async def _ask(self, question: Question) -> Taken:
        await self.room.play(np.zeros(round(_BREATH_S * RATE_HZ), np.float32))
        self._turn = self._answered_at_s = None
        self._failures = []
        wakes = self._wakes
        await self.room.play(question.samples, question.speech_end)
        try:
            async with asyncio.timeout(_WAKE_S):
                await self._until(lambda: self._wakes > wakes)
        except TimeoutError:
            return Taken(question.for_language_model, NOT_WOKEN)
        # No time limit here: each state has one.
        await self._until(lambda: self._state is State.IDLE)
        turn, heard_at_s = self._turn, self.room.mark_s
        if turn is None:
            return Taken(question.for_language_model, NO_QUESTION)
        answer_s = None
        if self._answered_at_s is not None and heard_at_s is not None:
            answer_s = self._answered_at_s - heard_at_s
        why = "; ".join(self._failures)
        return Taken(question.for_language_model, turn.outcome, answer_s, turn, why)

    async def _share(self, samples: Samples) -> float:
        """CPU time of this process per second of these samples."""
        loop = asyncio.get_running_loop()
        cpu_s, began_s = time.process_time(), loop.time()
        await self.room.play(samples)
        return (time.process_time() - cpu_s) / (loop.time() - began_s)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    def _note(self, event: Event) -> None:
        match event:
            case Armed():
                self._start_up_s = event.start_up_s
            case StateChanged():
                self._state = event.after
                if event.after is State.SPEAKING and self._answered_at_s is None:
                    self._answered_at_s = asyncio.get_running_loop().time()
            case WakeWordHeard():
                self._wakes += 1
            case TurnFailed():
                self._failures.append(f"{event.stage} failed")
            case TurnFinished():
                self._turn = event
        self._changed.set()


async def _awaited(work: Awaitable[None]) -> None:
    await work
