"""The state transition table."""

import itertools

import pytest

from marvin.config.tables import Config
from marvin.conversation.deadlines import deadline_s
from marvin.state import TRANSITIONS, State, Trigger, next_state


def test_every_pair_is_a_transition_or_refused() -> None:
    for state, trigger in itertools.product(State, Trigger):
        if (state, trigger) in TRANSITIONS:
            assert next_state(state, trigger) is TRANSITIONS[state, trigger]
        else:
            with pytest.raises(ValueError, match="no transition from"):
                next_state(state, trigger)


def test_every_state_is_reachable_from_idle_and_returns_to_it() -> None:
    def reachable(start: State) -> set[State]:
        found = {start}
        while (
            more := {after for (before, _), after in TRANSITIONS.items() if before in found} - found
        ):
            found |= more
        return found

    assert reachable(State.IDLE) == set(State)
    assert all(State.IDLE in reachable(state) for state in State)


def test_every_state_but_idle_has_a_deadline_that_ends_in_idle() -> None:
    for state in set(State) - {State.IDLE}:
        assert TRANSITIONS[state, Trigger.DEADLINE] is State.IDLE
        assert deadline_s(state, Config()) < 600
    assert (State.IDLE, Trigger.DEADLINE) not in TRANSITIONS
