"""The assistant's states and the table of transitions between them."""

from enum import Enum


class State(Enum):
    IDLE = "idle"
    """Waiting for the wake word."""
    LISTENING = "listening"
    """The user is speaking, or is expected to."""
    THINKING = "thinking"
    """Transcribing and working out an answer."""
    SPEAKING = "speaking"
    """The reply, or an announcement, is playing."""


class Trigger(Enum):
    """Causes of a state change."""

    WAKE_WORD = "wake word"
    ENDPOINT = "end of speech"
    RESUMED = "the user went on"
    NO_SPEECH = "nobody spoke"
    WAKE_WORD_ALONE = "only the wake word was said"
    FIRST_AUDIO = "first audio"
    TURN_OVER = "turn over"
    FOLLOW_UP = "follow-up"
    ANNOUNCEMENT = "announcement"
    DEADLINE = "deadline passed"
    STOP_WORD = "stop word"
    INTERRUPTED = "the user interrupted"
    TOLD_TO_STOP = "told to stop"
    TOLD_TO_LISTEN = "told to listen"
    OTHER_ROOM = "another room answers"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.IDLE, Trigger.WAKE_WORD): State.LISTENING,
    (State.IDLE, Trigger.TOLD_TO_LISTEN): State.LISTENING,
    (State.IDLE, Trigger.ANNOUNCEMENT): State.SPEAKING,
    (State.LISTENING, Trigger.ENDPOINT): State.THINKING,
    (State.LISTENING, Trigger.NO_SPEECH): State.IDLE,
    (State.LISTENING, Trigger.DEADLINE): State.IDLE,
    (State.LISTENING, Trigger.TOLD_TO_STOP): State.IDLE,
    (State.LISTENING, Trigger.OTHER_ROOM): State.IDLE,
    (State.THINKING, Trigger.FIRST_AUDIO): State.SPEAKING,
    (State.THINKING, Trigger.TURN_OVER): State.IDLE,
    (State.THINKING, Trigger.WAKE_WORD): State.LISTENING,
    (State.THINKING, Trigger.TOLD_TO_LISTEN): State.LISTENING,
    (State.THINKING, Trigger.RESUMED): State.LISTENING,
    (State.THINKING, Trigger.WAKE_WORD_ALONE): State.LISTENING,
    (State.THINKING, Trigger.DEADLINE): State.IDLE,
    (State.THINKING, Trigger.STOP_WORD): State.IDLE,
    (State.THINKING, Trigger.TOLD_TO_STOP): State.IDLE,
    (State.THINKING, Trigger.OTHER_ROOM): State.IDLE,
    (State.SPEAKING, Trigger.TURN_OVER): State.IDLE,
    (State.SPEAKING, Trigger.WAKE_WORD): State.LISTENING,
    (State.SPEAKING, Trigger.INTERRUPTED): State.LISTENING,
    (State.SPEAKING, Trigger.TOLD_TO_LISTEN): State.LISTENING,
    (State.SPEAKING, Trigger.FOLLOW_UP): State.LISTENING,
    (State.SPEAKING, Trigger.DEADLINE): State.IDLE,
    (State.SPEAKING, Trigger.STOP_WORD): State.IDLE,
    (State.SPEAKING, Trigger.TOLD_TO_STOP): State.IDLE,
}


def next_state(state: State, trigger: Trigger) -> State:
    """Raises ValueError if the table has no such transition, which is a bug in the caller."""
    try:
        return TRANSITIONS[state, trigger]
    except KeyError:
        raise ValueError(f"no transition from {state.value} by {trigger.value!r}") from None
