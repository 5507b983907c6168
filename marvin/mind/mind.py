"""Answers an utterance or a text: with a skill if one matches, else with the language model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from marvin.config.tables import TurnConfig
from marvin.engines.workers.worker import Worker
from marvin.errors import StageError
from marvin.languages.translation import speaking_in, translatable, worded
from marvin.mind.backchannel import without_opening
from marvin.mind.completeness import completeness
from marvin.mind.memory import Memory
from marvin.mind.own_voice import without_echo
from marvin.mind.speaker_identity import SpeakerIdentity
from marvin.mind.spoken_language import language_of, with_language
from marvin.mind.spoken_text import SpokenText, spoken_sentences
from marvin.mind.written_answer import WrittenAnswer
from marvin.protocols import Intent, LanguageModel, Skills, Transcriber
from marvin.stt.address import WAKE_PHRASES, without_wake_phrase
from marvin.types import (
    Ask,
    Completeness,
    Identification,
    Notice,
    ReplyItem,
    Say,
    Transcript,
    Utterance,
)

ONE_MOMENT = translatable("One moment.")
_PATIENCE_S = 2.0
"""How long a speaker waits for the language model before Marvin says that it is at work."""
NOT_UNDERSTOOD = translatable("Sorry, I did not get that.")
_WAKE_WORD_ALONE = 0.5
"""Minimum confidence at which an empty transcript means that only the wake word was spoken."""
_SUGGEST_AT = 2
"""Number of misunderstood utterances in a row at which Marvin suggests what to say."""


class Mind:
    """Holds the engines that answer. Shared by all sessions."""

    def __init__(
        self,
        transcriber: Worker[Transcriber],
        skills: Worker[Skills],
        language_model: LanguageModel,
        config: TurnConfig,
        wake_phrases: Sequence[str] = WAKE_PHRASES,
        languages: Sequence[str] = ("en",),
        speakers: SpeakerIdentity | None = None,
    ) -> None:
        """`wake_phrases` are removed from typed text; a transcriber removes them itself.
        `languages`: of conversations, by code. Without `speakers` everybody is treated alike."""
        self.transcriber = transcriber
        self.skills = skills
        self.language_model = language_model
        self.config = config
        self.wake_phrases = wake_phrases
        self.languages = languages
        self.speakers = speakers

    def respond(
        self,
        said: Utterance | str,
        memory: Memory,
        tasks: asyncio.TaskGroup,
        *,
        priority: int = 0,
    ) -> Response:
        """Start the response to an utterance or a typed text."""
        return Response(self, said, memory, tasks, priority)

    def warm(self) -> None:
        """Reload unloaded models while the user is still speaking."""
        self.transcriber.warm()
        self.language_model.warm()


class Response:
    """Starts at once with everything that has no side effects; the intent runs only when `items` is
    iterated. A response begun too early can therefore be discarded."""

    def __init__(
        self,
        mind: Mind,
        said: Utterance | str,
        memory: Memory,
        tasks: asyncio.TaskGroup,
        priority: int,
    ) -> None:
        self._priority = priority
        self._mind = mind
        self._said = said
        self._memory = memory
        self._language = memory.dialogue.language
        """Of the reply."""
        self._tasks = tasks
        self._transcript: Transcript | StageError | None = None
        self._intent: Intent | None = None
        self._identified: asyncio.Task[Identification] | None = None
        if mind.speakers is not None and isinstance(said, Utterance):
            self._identified = tasks.create_task(
                mind.speakers.identify(said, memory.dialogue, mind.config.transcribe_s, priority)
            )
        self._work = tasks.create_task(self._understand())
        self._answer: WrittenAnswer | None = None

    @property
    def completeness(self) -> Completeness:
        """Whether the words so far are complete; unknown until they are transcribed."""
        if not isinstance(self._transcript, Transcript):
            return Completeness.UNKNOWN
        return completeness(self._transcript, by_skill=self.by_skill)

    @property
    def by_skill(self) -> bool:
        """Whether a skill is certain to answer. Running it cannot be undone."""
        return self._intent is not None and self._intent.certain

    async def settled(self) -> None:
        """Wait until transcription and matching have finished or failed."""
        await asyncio.wait([self._work])

    async def transcript(self) -> Transcript:
        """Wait for the transcript and return it. Raises StageError."""
        await self.settled()
        if isinstance(self._transcript, StageError):
            raise self._transcript
        assert self._transcript is not None
        return self._transcript

    async def identification(self) -> Identification | None:
        """Who spoke; None for typed text, and if voices are not told apart."""
        return None if self._identified is None else await self._identified

    async def items(self) -> AsyncGenerator[ReplyItem]:
        """Run the intent or stream the language model's answer. Yields nothing if only the wake
        word was spoken. Closing the generator stops the language model. Raises StageError."""
        transcript = await self.transcript()
        text = transcript.text
        self._memory.dialogue.language = self._language
        if not text:
            unprompted = isinstance(self._said, Utterance) and self._said.unprompted
            if not unprompted and not wake_word_alone(transcript):
                async for notice in self._not_understood():
                    yield notice
            return
        self._memory.misunderstood = 0
        identified = await self.identification()
        self._memory.dialogue.speaker = identified.person if identified else None
        if self._intent is not None:
            intent = self._intent
            speakers = self._mind.speakers
            if identified and speakers and (refused := speakers.refusal(identified, intent)):
                yield Say(refused)
                return
            reply = await self._mind.skills.call(
                lambda _, token: intent.run(token),
                self._mind.config.answer_s,
                priority=self._priority,
            )
            if reply is not None:
                for item in reply:
                    if isinstance(item, Say | Ask):
                        with speaking_in(self._language):
                            # A user's command may print anything, so it is sanitised too.
                            spoken = spoken_sentences(item.text)
                        for sentence in spoken:
                            yield replace(item, text=sentence)
                    else:
                        yield item
                return
        self._memory.dialogue.move_on()
        answer = self._ask_language_model(text)
        # A speaker waits for the first sentence without a sign; a typed question shows its own.
        patience_s = None if isinstance(self._said, str) else _PATIENCE_S
        try:
            while (written := await self._next(answer, patience_s)) is not None:
                patience_s = None
                yield written if isinstance(written, Notice) else Say(written)
        finally:
            self.discard()

    async def _next(self, answer: WrittenAnswer, patience_s: float | None) -> str | None:
        """The next sentence, or a notice if that takes longer. Raises StageError."""
        try:
            async with asyncio.timeout(patience_s):
                return await answer.next()
        except TimeoutError:
            with speaking_in(self._language):
                return Notice(worded(ONE_MOMENT))

    def discard(self) -> None:
        self._work.cancel()
        if self._identified is not None:
            self._identified.cancel()
        if self._answer is not None:
            self._answer.cancel()

    async def _understand(self) -> None:
        mind, said = self._mind, self._said
        try:
            transcript = (
                Transcript(without_wake_phrase(said, mind.wake_phrases)[0] or said)
                if isinstance(said, str)
                else self._without_own_voice(
                    await mind.transcriber.call(
                        lambda engine, token: engine.transcribe(
                            with_language(said, mind.languages, self._language), token
                        ),
                        mind.config.transcribe_s,
                        priority=self._priority,
                    )
                )
            )
            if transcript.text:
                self._intent = await self._match(transcript, transcript.text)
                if self._intent is None and isinstance(said, Utterance) and said.interrupts:
                    transcript = await self._match_rest(transcript, answer=said.answer)
                if not transcript.language:
                    transcript = replace(transcript, language=self._language)
        except StageError as error:
            self._transcript = error
            return
        self._transcript = transcript
        unfinished = self.completeness is Completeness.UNFINISHED
        if transcript.text and self._intent is None and not unfinished:
            self._ask_language_model(transcript.text)

    async def _match(self, transcript: Transcript, text: str) -> Intent | None:
        """Raises StageError."""
        language = language_of(self._said, transcript, self._mind.languages)
        intent = await self._mind.skills.call(
            lambda engine, token: engine.match(
                text, transcript.alternatives, self._memory.dialogue, token, language
            ),
            self._mind.config.answer_s,
            priority=self._priority,
        )
        self._language = intent.language if intent else language or self._language
        return intent

    async def _match_rest(self, transcript: Transcript, *, answer: bool) -> Transcript:
        """Match what follows "yeah, but"; a mere "wait" is like the wake word alone, unless it
        answers a question. Raises StageError."""
        rest = without_opening(transcript.text)
        if not rest and not answer:
            return Transcript("", transcript.language)
        if rest and rest != transcript.text:
            self._intent = await self._match(transcript, rest)
        return transcript

    def _without_own_voice(self, transcript: Transcript) -> Transcript:
        """Without what the loudspeaker has just said, in a room where nothing cancels its echo."""
        text = without_echo(transcript.text, self._memory.just_spoken())
        if text == transcript.text:
            return transcript
        return replace(transcript, text=text, alternatives=(), words=())

    async def _not_understood(self) -> AsyncGenerator[Notice]:
        """Apologise; the second time in a row, and only then, suggest what to say."""
        self._memory.misunderstood += 1
        with speaking_in(self._language):
            sorry = Notice(worded(NOT_UNDERSTOOD))
        yield sorry
        if self._memory.misunderstood == _SUGGEST_AT:
            suggestion = await self._mind.skills.call(
                lambda engine, token: engine.suggestion(self._language),
                self._mind.config.answer_s,
            )
            if suggestion:
                yield Notice(suggestion)

    def _ask_language_model(self, question: str) -> WrittenAnswer:
        """The answer, which may have been begun already."""
        if self._answer is None:
            deltas = self._mind.language_model.reply(self._memory.ask(question, self._language))
            with speaking_in(self._language):  # for abbreviations, and notices of the model
                text = SpokenText(
                    first_clause=self._mind.config.first_clause, most=self._memory.max_sentences
                )
                self._answer = WrittenAnswer(deltas, text, self._tasks)
        return self._answer


def wake_word_alone(transcript: Transcript) -> bool:
    """Whether only the wake word was spoken."""
    return not transcript.text and transcript.confidence >= _WAKE_WORD_ALONE
