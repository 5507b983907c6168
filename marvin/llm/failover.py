"""Several language models as one: the first that answers, with a notice when it changes."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from marvin.errors import LanguageModelError, MarvinError
from marvin.languages.translation import translatable, worded
from marvin.protocols import ToolCaller
from marvin.types import Message, Notice, Tool

ASKING_ANOTHER = translatable("My language model does not answer. I am asking another one.")
SKILLS_ONLY = translatable(
    "My language model does not answer, so I can only do what my skills can."
)

REST_S = 60.0
"""Back-off after a failure, in seconds; doubles with each further failure."""
LONGEST_REST_S = 600.0


class _Model(Protocol):
    def warm(self) -> None: ...

    def reply(self, messages: Sequence[Message]) -> AsyncIterator[str]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Fallback:
    """A candidate, which enforces its own time limits."""

    name: str
    """Display name: what answers, and where."""
    model: _Model
    notice: str = ASKING_ANOTHER
    """Spoken before it takes over from an earlier candidate; empty: nothing."""


class SkillsOnly:
    """The last candidate: says that no language model is left. Needs no notice."""

    def warm(self) -> None:
        """No-op."""

    async def reply(self, messages: Sequence[Message]) -> AsyncIterator[str]:
        yield Notice(worded(SKILLS_ONLY))


class _Health:
    """Exponential back-off of a candidate."""

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
    """Asks candidates in order; one that failed is skipped for a while."""

    def __init__(
        self,
        candidates: Sequence[Fallback],
        *,
        notify: Callable[[str], None] = lambda message: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`notify` gets a console line on each change; `clock` is in seconds."""
        self._candidates = tuple(candidates)
        self._health = {candidate: _Health() for candidate in candidates}
        self._notify = notify
        self._clock = clock
        self._current = self._candidates[0]
        """The candidate that the user has been told about."""

    def warm(self) -> None:
        """Only warms the next candidate: the others may cost money or memory."""
        self._in_order()[0].model.warm()

    def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        return self.reply_with_tools(messages, ())

    async def reply_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Tool]
    ) -> AsyncGenerator[str]:
        """Deltas of the first candidate that answers, after a Notice if it is a fallback.

        Raises:
            LanguageModelError: All candidates failed; the message has each reason.
            MarvinError: A candidate failed after its first words, which cannot be taken back.
        """
        failures: list[str] = []
        for candidate in self._in_order():
            if self._takes_over(candidate):
                self._current = candidate
                if candidate.notice:
                    yield Notice(worded(candidate.notice))
            words = False
            try:
                async with _closing(_reply(candidate.model, messages, tools)) as deltas:
                    async for delta in deltas:
                        if not words and not delta.strip():
                            continue
                        if not words:
                            words = True
                            self._record_answer(candidate)
                        yield delta
                if words:
                    return
                raise LanguageModelError("the answer is empty")
            except MarvinError as error:
                self._record_failure(candidate, error)
                if words:
                    raise
                failures.append(f"{candidate.name}: {error}")
        raise LanguageModelError("; ".join(failures))

    def _in_order(self) -> list[Fallback]:
        """Candidates not backing off; if there are none, all of them."""
        now_s = self._clock()
        awake = [one for one in self._candidates if not self._health[one].resting(now_s)]
        return awake or list(self._candidates)

    def _takes_over(self, candidate: Fallback) -> bool:
        order = self._candidates.index
        return order(candidate) > order(self._current)

    def _record_answer(self, candidate: Fallback) -> None:
        self._health[candidate].answered()
        if candidate is not self._current:
            self._current = candidate
            self._notify(f"{candidate.name} is back")

    def _record_failure(self, candidate: Fallback, error: MarvinError) -> None:
        self._health[candidate].failed(self._clock())
        text = str(error)
        self._notify(text if text.startswith(candidate.name) else f"{candidate.name}: {text}")


def _reply(model: _Model, messages: Sequence[Message], tools: Sequence[Tool]) -> AsyncIterator[str]:
    if isinstance(model, ToolCaller):
        return model.reply_with_tools(messages, tools)
    return model.reply(messages)


@asynccontextmanager
async def _closing(deltas: AsyncIterator[str]) -> AsyncIterator[AsyncIterator[str]]:
    """Closes the stream even if the consumer stops early, to release the connection or model."""
    try:
        yield deltas
    finally:
        if isinstance(deltas, AsyncGenerator):
            await deltas.aclose()
