"""Several language models as one: the first that answers, and an honest word when it changes."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from marvin.errors import LanguageModelError, MarvinError
from marvin.types import Message, Notice

ASKING_ANOTHER = "My language model does not answer. I am asking another one."
SKILLS_ONLY = "My language model does not answer, so I can only do what my skills can."

REST_S = 60.0
"""One that failed is left alone for so long; twice as long each time it fails again."""
LONGEST_REST_S = 600.0


class _Model(Protocol):
    """What is needed of a language model."""

    def warm(self) -> None: ...

    def reply(self, messages: Sequence[Message]) -> AsyncIterator[str]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Fallback:
    """One of the list. It keeps its own time limits."""

    name: str
    """For people: what answers, and where."""
    model: _Model
    notice: str = ASKING_ANOTHER
    """What is said before it stands in for the one before it; empty: nothing."""


class SkillsOnly:
    """The end of a list: says that nothing else is left. Its candidate needs no notice."""

    def warm(self) -> None:
        """Nothing to do."""

    async def reply(self, messages: Sequence[Message]) -> AsyncIterator[str]:
        """One sentence, whatever was asked."""
        yield Notice(SKILLS_ONLY)


class _Health:
    """Whether a candidate is worth asking."""

    def __init__(self) -> None:
        self._rest_s = REST_S
        self._until_s = 0.0

    def resting(self, now_s: float) -> bool:
        return now_s < self._until_s

    def failed(self, now_s: float) -> None:
        self._until_s = now_s + self._rest_s
        self._rest_s = min(2 * self._rest_s, LONGEST_REST_S)

    def answered(self) -> None:
        self._rest_s = REST_S
        self._until_s = 0.0


class Failover:
    """Asks in order. One that failed rests a while before it is asked again."""

    def __init__(
        self,
        candidates: Sequence[Fallback],
        *,
        notify: Callable[[str], None] = lambda message: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`notify` gets a line for the console at each change; `clock` is in seconds."""
        self._candidates = tuple(candidates)
        self._health = {candidate: _Health() for candidate in candidates}
        self._notify = notify
        self._clock = clock
        self._current = self._candidates[0]
        """The one whose answers the user gets, as far as the user was told."""

    def warm(self) -> None:
        """Only the one that will be asked: the others may cost money or memory."""
        self._in_order()[0].model.warm()

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """The words of the first that answers; before all words a Notice when it is another one.

        Raises:
            LanguageModelError: All failed; each with its reason.
            MarvinError: One failed after some of its words, which cannot be taken back.
        """
        failures: list[str] = []
        for candidate in self._in_order():
            if self._stands_in(candidate):
                self._current = candidate
                if candidate.notice:
                    yield Notice(candidate.notice)
            words = False
            try:
                async with _closing(candidate.model.reply(messages)) as deltas:
                    async for delta in deltas:
                        if not words and not delta.strip():
                            continue
                        if not words:
                            words = True
                            self._answers(candidate)
                        yield delta
                if words:
                    return
                raise LanguageModelError("the answer is empty")
            except MarvinError as error:
                self._failed(candidate, error)
                if words:
                    raise
                failures.append(f"{candidate.name}: {error}")
        raise LanguageModelError("; ".join(failures))

    def _in_order(self) -> list[Fallback]:
        """Those worth asking; all of them when none seems to be, for silence helps nobody."""
        now_s = self._clock()
        awake = [one for one in self._candidates if not self._health[one].resting(now_s)]
        return awake or list(self._candidates)

    def _stands_in(self, candidate: Fallback) -> bool:
        order = self._candidates.index
        return order(candidate) > order(self._current)

    def _answers(self, candidate: Fallback) -> None:
        self._health[candidate].answered()
        if candidate is not self._current:
            self._current = candidate
            self._notify(f"{candidate.name} is back")

    def _failed(self, candidate: Fallback, error: MarvinError) -> None:
        self._health[candidate].failed(self._clock())
        text = str(error)
        self._notify(text if text.startswith(candidate.name) else f"{candidate.name}: {text}")


@asynccontextmanager
async def _closing(deltas: AsyncIterator[str]) -> AsyncIterator[AsyncIterator[str]]:
    """A reader who has enough must not leave a connection or a model at work."""
    try:
        yield deltas
    finally:
        if isinstance(deltas, AsyncGenerator):
            await deltas.aclose()
