"""What one conversation is about right now: shared by the skills and the mind."""

import time
from collections.abc import Callable, Iterable

from marvin.types import Reply

_QUESTION_LASTS_S = 60.0
"""A later answer is taken for something new."""
_IT_LASTS_S = 300.0
"""How long "it" refers to what was mentioned last."""


class Dialogue:
    """The pending question, what "it" refers to, the last reply and the volume."""

    def __init__(self, volume: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` in seconds."""
        self._clock = clock
        self._question: tuple[str, object, float] | None = None
        self._referred: tuple[frozenset[int], float] = frozenset(), clock()
        self.last_reply = ""
        """What was spoken last, by a skill or by the language model."""
        self.volume = volume
        """Playback volume, in [0, 1]."""
        self.audible_volume = volume or 0.5
        """The volume to go back to after `mute`."""

    def ask(self, question: str, text: str, about: object = None) -> Reply:
        """A reply that asks. `question` names it; `about` is for the skill takes the answer."""
        self._question = question, about, self._clock()
        return Reply(text, follow_up=True)

    @property
    def question(self) -> str | None:
        """The question that was asked just before."""
        pending = self._pending()
        return None if pending is None else pending[0]

    @property
    def about(self) -> object:
        """What that question is about."""
        pending = self._pending()
        return None if pending is None else pending[1]

    def close_question(self) -> None:
        """Each question is asked once: whatever was answered, it is not pending any more."""
        self._question = None

    def move_on(self) -> None:
        """The user speaks of something else."""
        self.close_question()
        self.refer(())

    def refer(self, timers: Iterable[int]) -> None:
        """From now on "it" is these timers; none: something else."""
        self._referred = frozenset(timers), self._clock()

    @property
    def referred(self) -> frozenset[int]:
        """What "it" refers to."""
        timers, since_s = self._referred
        return timers if self._clock() - since_s <= _IT_LASTS_S else frozenset()

    def _pending(self) -> tuple[str, object, float] | None:
        if self._question is None or self._clock() - self._question[2] > _QUESTION_LASTS_S:
            return None
        return self._question
