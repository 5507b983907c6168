"""When the user may go on without the wake word."""

from dataclasses import dataclass

from marvin.config.tables import TurnConfig
from marvin.conversation.endpoint import BELOW_DB
from marvin.conversation.turn import Outcome
from marvin.types import Utterance

UNPROMPTED_DB = 6.0
"""Stricter: nobody has asked for these words, and a television may be speaking."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A window in which Marvin listens; `answer` and `unprompted` are those of `Utterance`."""

    wait_s: float
    answer: bool = False
    unprompted: bool = False
    below_db: float = BELOW_DB
    """Speech begins above this level below the user's last words."""


def follow_up(
    outcome: Outcome, utterance: Utterance, misunderstood: int, config: TurnConfig
) -> FollowUp | None:
    """The window after a turn, if any. `misunderstood`: how many times in a row."""
    if outcome is Outcome.ASKED_BACK:
        return FollowUp(config.question_s, answer=True)
    if outcome is Outcome.NOT_UNDERSTOOD and misunderstood == 1:
        return FollowUp(config.question_s, answer=utterance.answer)
    if outcome is Outcome.ANSWERED and config.follow_up_s > 0.0:
        return FollowUp(config.follow_up_s, unprompted=True, below_db=UNPROMPTED_DB)
    return None
