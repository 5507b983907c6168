"""What was said last, and what was asked."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from marvin.types import Reply

_QUESTION_LASTS = timedelta(seconds=60)
"""An answer that comes later is taken for something new."""
_IT_LASTS = timedelta(minutes=5)
"""How long "it" means what was spoken of last."""


class Dialogue:
    """Keeps the last reply, and the question that waits for an answer."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._question: tuple[str, datetime] | None = None
        self._referred: tuple[frozenset[int], datetime] = frozenset(), clock()
        self.last = ""
        """What was spoken last, also by the language model."""

    def ask(self, question: str, text: str) -> Reply:
        """A reply that asks. `Phrase.question` names the question whose answer it is."""
        self._question = question, self._clock()
        return Reply(text, follow_up=True)

    @property
    def question(self) -> str | None:
        """The question that was asked just before."""
        if self._question is None or self._clock() - self._question[1] > _QUESTION_LASTS:
            return None
        return self._question[0]

    def take_question(self) -> str | None:
        """The same; it is asked once."""
        question, self._question = self.question, None
        return question

    def refer(self, timers: Iterable[int]) -> None:
        """From now on "it" is these timers; none: something else."""
        self._referred = frozenset(timers), self._clock()

    @property
    def referred(self) -> frozenset[int]:
        """What "it" is."""
        timers, since = self._referred
        return timers if self._clock() - since <= _IT_LASTS else frozenset()
