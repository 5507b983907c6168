"""Follows the events of one session, and makes a trace of each turn."""

import time
import uuid
from collections import deque
from collections.abc import Callable

from marvin.config.tables import Config
from marvin.events import (
    Event,
    Heard,
    Replied,
    StateChanged,
    ToolUsed,
    TurnFailed,
    TurnFinished,
    WakeWordHeard,
)
from marvin.service.tracing.turn_spans import Beginning, Span, TracedTurn, turn_span
from marvin.state import State, Trigger

_MOST_AT_ONCE = 4
"""A turn that is cut off may take seconds to end, while the next one goes on."""
_MOST_TOOLS = 20
"""Of a turn: more than `tools.most` may be."""


class TurnRecorder:
    def __init__(
        self,
        config: Config,
        send: Callable[[Span], None],
        clock: Callable[[], float] = time.perf_counter,
        since_epoch_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """`send` gets each turn when it is over, and does not wait."""
        self._config = config
        self._send = send
        self._clock = clock
        self._since_epoch_ns = since_epoch_ns
        self._session = uuid.uuid4().hex
        self._wake: WakeWordHeard | None = None
        self._beginning: Beginning | None = None
        self._turns: deque[tuple[TracedTurn, float]] = deque(maxlen=_MOST_AT_ONCE)
        """Each with when the user had finished, by the clock."""

    def note(self, event: Event) -> None:
        match event:
            case WakeWordHeard():
                self._wake = event
            case StateChanged():
                self._change(event)
            case TurnFinished():
                self._finish(event)
            case _ if self._turns:
                self._add(event, *self._turns[-1])

    def _change(self, event: StateChanged) -> None:
        if event.after is State.LISTENING and event.cause is not Trigger.RESUMED:
            wake = self._wake if event.cause is Trigger.WAKE_WORD else None
            self._beginning = Beginning(event.cause.value, event.at_s, wake)
        elif event.cause is Trigger.ENDPOINT and self._beginning is not None:
            turn = TracedTurn(self._beginning, event.at_s, self._since_epoch_ns())
            self._turns.append((turn, self._clock()))

    def _add(self, event: Event, turn: TracedTurn, began_s: float) -> None:
        now_s = self._clock() - began_s
        match event:
            case Heard():
                turn.heard = event
            case Replied():
                turn.say(event.text, now_s)
            case TurnFailed():
                turn.failed, turn.failed_s = event, now_s
            case ToolUsed() if len(turn.tools) < _MOST_TOOLS:
                turn.tools.append((event, now_s))

    def _finish(self, event: TurnFinished) -> None:
        began_s = self._clock() - event.total_s
        ended = min(self._turns, key=lambda one: abs(one[1] - began_s), default=None)
        if ended is not None:
            self._turns.remove(ended)
            self._send(turn_span(ended[0], event, self._config, self._session))
