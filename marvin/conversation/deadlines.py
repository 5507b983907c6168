"""Maximum duration of each state, so that a hang never leaves Marvin deaf."""

import asyncio
from collections.abc import Callable

from marvin.config.tables import Config, TurnConfig
from marvin.state import State

_SLACK_S = 10.0
"""Margin added to the sum of the limits that apply within a state."""


def deadline_s(state: State, config: Config, *, live: bool = True) -> float:
    """Longest time the assistant may stay in `state`, in wall-clock seconds. A recording, which is
    not `live`, waits at each pause for what is said to be understood."""
    turn: TurnConfig = config.turn
    waits_s = 0.0 if live else turn.transcribe_s + turn.answer_s
    longest = {
        State.IDLE: float("inf"),
        State.LISTENING: (
            max(turn.no_speech_s, turn.question_s, turn.follow_up_s) + turn.max_s + waits_s
        ),
        State.THINKING: turn.transcribe_s + turn.answer_s + turn.synthesis_s,
        State.SPEAKING: turn.speaking_s,
    }
    return longest[state] + _SLACK_S


class Deadline:
    """The deadline of the current state. Use on the event loop only."""

    def __init__(self, config: Config, live: bool, passed: Callable[[float], None]) -> None:
        """`passed` is called with the limit, in seconds, when the deadline expires."""
        self._config = config
        self._live = live
        self._passed = passed
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, state: State) -> None:
        """Restart the deadline for `state`. Idle has none."""
        self.cancel()
        if state is not State.IDLE:
            limit_s = deadline_s(state, self._config, live=self._live)
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(limit_s, self._passed, limit_s)

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
