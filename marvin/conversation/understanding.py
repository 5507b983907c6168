"""What was said and who answers it; a language model has begun to. Nothing of it is told or heard
before a turn takes it: it may have been worked out too soon."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from marvin.cancellation import CancelToken
from marvin.config.tables import TurnConfig
from marvin.conversation.completeness import completeness
from marvin.conversation.stages import Stages
from marvin.errors import StageError
from marvin.mind.answering import spoken_answer
from marvin.protocols import Skills
from marvin.types import Completeness, Transcript, Utterance

_HELD = 16
"""Sentences that a language model may be ahead of the voice."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What became of an utterance."""

    transcript: Transcript
    by_skill: bool
    """A skill will answer."""


class Understanding:
    """The work on one utterance, from its audio to the first sentences of a language model."""

    def __init__(
        self, stages: Stages, config: TurnConfig, utterance: Utterance, tasks: asyncio.TaskGroup
    ) -> None:
        """Begins at once."""
        self.stage = "stt"
        """Where it is, by the name of the stage's table."""
        self._stages = stages
        self._config = config
        self._utterance = utterance
        self._tasks = tasks
        self._understood: Understood | StageError | None = None
        self._work = tasks.create_task(self._understand())
        self._writing: asyncio.Task[None] | None = None
        self._sentences: asyncio.Queue[str | StageError | None] = asyncio.Queue(_HELD)

    @property
    def completeness(self) -> Completeness:
        """As far as is known by now."""
        if not isinstance(self._understood, Understood):
            return Completeness.UNKNOWN
        understood = self._understood
        return completeness(understood.transcript, by_skill=understood.by_skill)

    async def settled(self) -> None:
        """Wait until it is known what was said, or that it is not."""
        await asyncio.wait([self._work])

    async def result(self) -> Understood:
        """What was said. Raises StageError; `stage` says whose."""
        await self.settled()
        if isinstance(self._understood, StageError):
            raise self._understood
        assert self._understood is not None
        return self._understood

    def answer(self, text: str) -> AsyncGenerator[str]:
        """The language model's sentences; closing it hangs up. Raises StageError."""
        # At once: a turn that is cut off before the first of them is wanted has asked, too.
        self._ask(text)
        return self._written()

    async def _written(self) -> AsyncGenerator[str]:
        try:
            while (sentence := await self._sentences.get()) is not None:
                if isinstance(sentence, StageError):
                    raise sentence
                yield sentence
        finally:
            self.discard()

    def discard(self) -> None:
        """Nobody will take it, or any more of it."""
        self._work.cancel()
        if self._writing is not None:
            self._writing.cancel()

    async def _understand(self) -> None:
        try:
            transcript = await self._stages.transcriber.call(
                lambda engine, token: engine.transcribe(self._utterance, token),
                self._config.transcribe_s,
            )
            by_skill = declined = False
            if transcript.text:
                self.stage = "skills"
                by_skill, declined = await self._stages.skills.call(
                    lambda engine, token: _skills_would(engine, transcript.text, token),
                    self._config.answer_s,
                )
        except StageError as error:
            self._understood = error
            return
        self._understood = Understood(transcript, by_skill)
        unfinished = self.completeness is Completeness.UNFINISHED
        if transcript.text and not by_skill and not declined and not unfinished:
            self._ask(transcript.text)

    def _ask(self, text: str) -> None:
        if self._writing is None:
            self.stage = "llm"
            answer = spoken_answer(
                self._stages.language_model,
                self._stages.conversation.ask(text),
                self._config.answer_s,
                self._config.first_clause,
            )
            self._writing = self._tasks.create_task(self._write(answer))

    async def _write(self, answer: AsyncGenerator[str]) -> None:
        try:
            async with aclosing(answer):
                async for sentence in answer:
                    await self._sentences.put(sentence)
        except StageError as error:
            await self._sentences.put(error)
        else:
            await self._sentences.put(None)


def _skills_would(skills: Skills, text: str, token: CancelToken) -> tuple[bool, bool]:
    """Whether they would answer, or at least say no."""
    understood = skills.understands(text, token)
    return understood, not understood and skills.declines(text, token)
