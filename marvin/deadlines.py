"""How long each state may last: what hangs must not leave Marvin deaf."""

from marvin.config.tables import Config, TurnConfig
from marvin.state import State

_SLACK_S = 10.0
"""A state may last as long as its parts may, and this much longer."""


def deadline_s(state: State, config: Config) -> float:
    """How long the assistant may stay in a state, in seconds of the wall clock."""
    turn: TurnConfig = config.turn
    longest = {
        State.IDLE: float("inf"),
        State.LISTENING: config.vad.max_s + config.vad.no_speech_s + turn.question_s,
        State.THINKING: turn.transcribe_s + turn.answer_s + turn.synthesis_s,
        State.SPEAKING: turn.speaking_s,
    }
    return longest[state] + _SLACK_S
