"""The response to one utterance, from its transcript to the sentences of the answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from marvin.errors import LanguageModelError, StageError
from marvin.mind.completeness import completeness
from marvin.mind.sanitiser import speakable
from marvin.mind.sentences import once, sentences
from marvin.types import Act, Ask, Completeness, Notice, ReplyItem, Say, Transcript, Utterance

if TYPE_CHECKING:
    from marvin.mind.memory import Memory
    from marvin.mind.mind import Mind
    from marvin.protocols import Intent

_LOGGER = logging.getLogger(__name__)

NOT_UNDERSTOOD = "Sorry, I did not get that."
_WAKE_WORD_ALONE = 0.5
"""A transcript that is empty, and at least this certain: only the wake word was said."""
_SUGGEST_AT = 2
"""Utterances in a row that are not understood until it helps to hear what would be."""
_AHEAD = 16
"""Sentences that a language model may be ahead of the voice."""


class Response:
    """Worked out as soon as it exists, as far as it changes nothing. What it does and asks for is
    done when its `items` are taken, so that one that was begun too early can be discarded."""

    def __init__(
        self, mind: Mind, heard: Utterance | str, memory: Memory, tasks: asyncio.TaskGroup
    ) -> None:
        self._mind = mind
        self._heard = heard
        self._memory = memory
        self._tasks = tasks
        self._transcript: Transcript | StageError | None = None
        self._intent: Intent | None = None
        self._work = tasks.create_task(self._understand())
        self._writing: asyncio.Task[None] | None = None
        self._sentences: asyncio.Queue[str | StageError | None] = asyncio.Queue(_AHEAD)

    @property
    def completeness(self) -> Completeness:
        """Whether what was said is a whole, as far as is known by now."""
        if not isinstance(self._transcript, Transcript):
            return Completeness.UNKNOWN
        return completeness(self._transcript, by_skill=self.by_skill)

    @property
    def by_skill(self) -> bool:
        """Whether a skill is certain to answer: what it does cannot be undone."""
        return self._intent is not None and self._intent.certain

    async def settled(self) -> None:
        """Wait until it is known what was said, or that it is not."""
        await asyncio.wait([self._work])

    async def transcript(self) -> Transcript:
        """What was said. Raises StageError."""
        await self.settled()
        if isinstance(self._transcript, StageError):
            raise self._transcript
        assert self._transcript is not None
        return self._transcript

    async def items(self) -> AsyncGenerator[ReplyItem]:
        """Do it, and answer. Closing it stops the language model. Nothing comes where only the
        wake word was said. Raises StageError."""
        transcript = await self.transcript()
        text = transcript.text
        if not text:
            if not wake_word_alone(transcript):
                async for notice in self._not_understood():
                    yield notice
            return
        self._memory.misunderstood = 0
        if self._intent is not None:
            intent = self._intent
            reply = await self._mind.skills.call(
                lambda _, token: intent.run(token), self._mind.config.answer_s
            )
            if reply is not None:
                if reply.volume is not None:
                    yield Act(reply.volume)
                # What a command of the user's own prints may contain anything.
                async for sentence in sentences(speakable(once(reply.text))):
                    yield Ask(sentence) if reply.follow_up else Say(sentence)
                return
        self._memory.dialogue.move_on()
        self._ask_language_model(text)
        async with aclosing(self._written()) as written:
            async for sentence in written:
                yield sentence if isinstance(sentence, Notice) else Say(sentence)

    def discard(self) -> None:
        """Stop the work on it."""
        self._work.cancel()
        if self._writing is not None:
            self._writing.cancel()

    async def _understand(self) -> None:
        mind, heard = self._mind, self._heard
        try:
            transcript = (
                Transcript(heard)
                if isinstance(heard, str)
                else await mind.transcriber.call(
                    lambda engine, token: engine.transcribe(heard, token), mind.config.transcribe_s
                )
            )
            if transcript.text:
                self._intent = await mind.skills.call(
                    lambda engine, token: engine.match(
                        transcript.text, transcript.alternatives, self._memory.dialogue, token
                    ),
                    mind.config.answer_s,
                )
        except StageError as error:
            self._transcript = error
            return
        self._transcript = transcript
        unfinished = self.completeness is Completeness.UNFINISHED
        if transcript.text and self._intent is None and not unfinished:
            self._ask_language_model(transcript.text)

    async def _not_understood(self) -> AsyncGenerator[Notice]:
        """The second time in a row with what could be said; after that it was heard once."""
        self._memory.misunderstood += 1
        yield Notice(NOT_UNDERSTOOD)
        if self._memory.misunderstood == _SUGGEST_AT:
            suggestion = await self._mind.skills.call(
                lambda engine, token: engine.suggestion(), self._mind.config.answer_s
            )
            if suggestion:
                yield Notice(suggestion)

    def _ask_language_model(self, text: str) -> None:
        if self._writing is None:
            deltas = self._mind.language_model.reply(self._memory.ask(text))
            self._writing = self._tasks.create_task(self._write(deltas))

    async def _write(self, deltas: AsyncGenerator[str]) -> None:
        """Sentences for the voice, as they are written; the first of them may be a clause."""
        first_clause, words = self._mind.config.first_clause, False
        end: StageError | None = None
        try:
            async with aclosing(deltas):
                async for sentence in sentences(speakable(deltas), first_clause=first_clause):
                    # No voice makes a sound of an answer of dots alone.
                    if any(map(str.isalnum, sentence)):
                        words = True
                        await self._sentences.put(sentence)
            if not words:
                end = LanguageModelError("the language model answered nothing")
        except StageError as error:
            error.stage = LanguageModelError.stage
            end = error
        except Exception as error:
            # A bug in an engine ends the turn, not the process, and leaves its trace.
            _LOGGER.error("the language model failed", exc_info=error)
            end = LanguageModelError(
                f"the language model failed unexpectedly ({type(error).__name__}): "
                "`-vv` shows what happened"
            )
        await self._sentences.put(end)

    async def _written(self) -> AsyncGenerator[str]:
        try:
            while (sentence := await self._sentences.get()) is not None:
                if isinstance(sentence, StageError):
                    raise sentence
                yield sentence
        finally:
            self.discard()


def wake_word_alone(transcript: Transcript) -> bool:
    """Whether nothing was said but the wake word."""
    return not transcript.text and transcript.confidence >= _WAKE_WORD_ALONE
