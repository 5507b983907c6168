"""The current context of a conversation, shared by the skills and the mind."""

import time
from collections.abc import Callable, Iterable

from marvin.types import Ask, Person, ReplyItem

_QUESTION_LASTS_S = 60.0
"""Seconds after which an answer is treated as a new request."""
_IT_LASTS_S = 300.0
"""Seconds for which "it" refers to what was mentioned last."""


class Dialogue:
    """The pending question, what "it" refers to, the last reply, who speaks and the volume."""

    def __init__(self, volume: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._question: tuple[str | None, object, float] = None, None, 0.0
        self._at_once = False
        """Silence, too, is an answer to the question."""
        self._referred: tuple[frozenset[int], float] = frozenset(), clock()
        self.language = "en"
        """ISO 639-1 code of the language in which it is held."""
        self.last_reply = ""
        """The last spoken reply, from a skill or the language model."""
        self.home_conversation = ""
        """Home Assistant's id of the conversation."""
        self.outside = False
        """Text that neither Marvin nor the user has written is remembered in it."""
        self.speaker: Person | None = None
        """Who spoke last; None if that is unknown."""
        self.reset_volume(volume)

    def reset_volume(self, volume: float) -> None:
        """Start from the configured volume."""
        self.volume = volume
        """Playback volume, in [0, 1]."""
        self.audible_volume = volume or 0.5
        """The volume to restore after muting."""

    def ask(
        self, question: str, text: str, about: object = None, *, at_once: bool = False
    ) -> list[ReplyItem]:
        """Return a reply that asks the user. `question` identifies the question, and `about` is
        passed to the skill that takes the answer. `at_once`: it lasts only until the user has been
        silent."""
        self._question, self._at_once = (question, about, self._clock()), at_once
        return [Ask(text)]

    @property
    def question(self) -> str | None:
        """Identifier of the pending question."""
        return self._pending()[0]

    @property
    def about(self) -> object:
        """What the pending question is about."""
        return self._pending()[1]

    def close_question(self) -> None:
        """Drop the pending question, whatever the answer was."""
        self._question = None, None, 0.0

    def silence(self) -> None:
        """Nobody answers, or nobody has heard the question."""
        if self._at_once:
            self.close_question()

    def move_on(self) -> None:
        """Drop the question and the references, as the user has changed the subject."""
        self.close_question()
        self.refer(())

    def refer(self, timers: Iterable[int]) -> None:
        """Make "it" refer to these timers, or to no timer if empty."""
        self._referred = frozenset(timers), self._clock()

    @property
    def referred(self) -> frozenset[int]:
        """The timers that "it" refers to."""
        timers, since_s = self._referred
        return timers if self._clock() - since_s <= _IT_LASTS_S else frozenset()

    def _pending(self) -> tuple[str | None, object]:
        question, about, since_s = self._question
        return (question, about) if self._clock() - since_s <= _QUESTION_LASTS_S else (None, None)
