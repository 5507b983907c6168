"""Answers an utterance or a text: with a skill if one matches, else with the language model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing

from marvin.config.hearing import Transcripts
from marvin.config.tables import TurnConfig
from marvin.engines.workers.worker import Worker
from marvin.errors import StageError
from marvin.mind.completeness import completeness, wake_word_alone
from marvin.mind.doubtful_yes import doubted
from marvin.mind.exchange import PendingCalls
from marvin.mind.home import HOME, REFUSING, Home, HomeRequest
from marvin.mind.memory import Memory
from marvin.mind.model_answer import MindItem, ModelAnswer
from marvin.mind.not_understood import not_understood
from marvin.mind.outside import from_outside
from marvin.mind.speaker_identity import SpeakerIdentity
from marvin.mind.spoken_text import spoken_items
from marvin.mind.tools.offered import Caller
from marvin.mind.tools.toolbox import Toolbox
from marvin.mind.understanding import Understanding
from marvin.mind.written_answer import PATIENCE_S
from marvin.protocols import Intent, LanguageModel, Skills, Transcriber
from marvin.stt.address import WAKE_PHRASES
from marvin.types import Completeness, Identification, Say, Transcript, Utterance


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
        toolbox: Toolbox | None = None,
        home: Home | None = None,
        hears: Transcripts | None = None,
    ) -> None:
        """`wake_phrases` are removed from typed text. `languages`: of conversations, by code.
        Without `speakers` everybody is treated alike. `hears`: as for `Understanding`."""
        self.understanding = Understanding(
            transcriber, skills, config, wake_phrases, languages, hears
        )
        self.transcriber = transcriber
        self.skills = skills
        self.language_model = language_model
        self.config = config
        self.speakers = speakers
        self.toolbox = toolbox
        self.home = home

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
        self._answer: ModelAnswer | None = None
        self._asked: HomeRequest | None = None
        self.answered_by = ""
        """Names of skills, `home_assistant` or `llm`; empty: nothing answers yet."""

    @property
    def completeness(self) -> Completeness:
        """Whether the words so far are complete; unknown until they are transcribed."""
        if not isinstance(self._transcript, Transcript):
            return Completeness.UNKNOWN
        return completeness(self._transcript, by_skill=self.by_skill)

    @property
    def final(self) -> bool:
        """Whether taking the items may do what cannot be undone."""
        return self.by_skill or self._for_home

    @property
    def by_skill(self) -> bool:
        """Whether a skill is certain to answer."""
        return self._intent is not None and self._intent.certain

    @property
    def acted(self) -> bool:
        """Whether a tool or Home Assistant has been asked, which cannot be undone."""
        return bool((self._asked and self._asked.sent) or (self._answer and self._answer.acted))

    @property
    def intent(self) -> Intent | None:
        """What a skill has understood; None until then."""
        return self._intent

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

    async def items(self) -> AsyncGenerator[MindItem]:
        """Run the intent or stream the language model's answer. Yields nothing if only the wake
        word was spoken. Closing the generator stops the language model. Raises StageError."""
        transcript = await self.transcript()
        text = transcript.text
        self._memory.dialogue.language = self._language
        if not self._mind.understanding.asks(self._said, transcript):
            unprompted = isinstance(self._said, Utterance) and self._said.unprompted
            if not unprompted and not wake_word_alone(transcript):
                limit_s = self._mind.config.answer_s
                async for notice in not_understood(self._mind.skills, self._memory, limit_s):
                    yield notice
            return
        self._memory.misunderstood = 0
        self._memory.forget_after_silence()
        identified = await self.identification()
        self._memory.dialogue.speaker = identified.person if identified else None
        intent = self._intent
        skills = intent.skills if intent else frozenset()
        # Its sentences do nothing unless they come first: what follows answers by itself.
        skills = skills | HOME if self._for_home else skills - HOME
        if refused := doubted(transcript, skills, self._memory) or self._refusal(skills):
            yield Say(refused) if isinstance(refused, str) else refused
            return
        async with aclosing(self._without_model(intent, transcript)) as items:
            async for item in items:
                yield item
        if self.answered_by:
            return
        self.answered_by = "llm"
        self._memory.dialogue.move_on()
        try:
            async with aclosing(self._ask_language_model(text).items()) as written:
                async for item in written:
                    yield item
        finally:
            self.discard()

    async def _without_model(
        self, intent: Intent | None, transcript: Transcript
    ) -> AsyncGenerator[MindItem]:
        """What Home Assistant, a server's tool or a skill answers."""
        home, dialogue = self._mind.home, self._memory.dialogue
        if home is not None and self._refusal(HOME) is None:
            self._asked = asked = home.request(intent, transcript, dialogue)
            async with aclosing(asked.items(self._patience_s)) as answers:
                async for answer in answers:
                    yield answer
            if asked.answered:
                dialogue.outside |= not asked.unsure
                self.answered_by = "home_assistant"
                return
        if intent is None:
            return
        async with aclosing(self._by_server(intent, transcript.text)) as items:
            async for item in items:
                yield item
        if self.answered_by:
            return
        about = dialogue.about
        reply = await self._mind.skills.call(
            lambda _, token: intent.run(token),
            self._mind.config.answer_s,
            priority=self._priority,
        )
        if isinstance(about, PendingCalls) and about.approved:
            self._answer = self._model_answer(about)
        elif reply is not None:
            dialogue.outside |= from_outside(intent.skills, home.config if home else None)
            self.answered_by = ", ".join(sorted(intent.skills)) or "skills"
            for item in spoken_items(reply, self._language):
                yield item

    @property
    def _for_home(self) -> bool:
        """Whether it is a command for the user's home, which cannot be undone."""
        return self._mind.home is not None and bool(self._intent and self._intent.request)

    @property
    def _patience_s(self) -> float | None:
        """A speaker waits without a sign; a typed question shows its own."""
        return None if isinstance(self._said, str) else PATIENCE_S

    def _refusal(self, skills: Collection[str]) -> str | None:
        """Why nothing is done for this speaker; None if it is."""
        speakers = self._mind.speakers
        if speakers is None or self._identified is None or not self._identified.done():
            return None
        return speakers.refusal(self._identified.result(), skills)

    async def _by_server(self, intent: Intent, text: str) -> AsyncGenerator[MindItem]:
        """What the skills can only refuse, if the language model calls a server's tool for it."""
        toolbox = self._mind.toolbox
        # An emergency has no request: it waits for nobody.
        if toolbox is None or not toolbox.reaches_out or not intent.request:
            return
        if intent.skills == REFUSING:
            await toolbox.tools(self._language, spoken=isinstance(self._said, Utterance))
            self._memory.dialogue.move_on()
            self._answer = answer = self._model_answer(text, refused=True)
            try:
                async with aclosing(answer.items()) as items:
                    async for item in items:
                        yield item
            finally:
                answer.cancel()
            self.answered_by = "llm" if answer.counts else ""

    def discard(self) -> None:
        self._work.cancel()
        if self._identified is not None:
            self._identified.cancel()
        if self._answer is not None:
            self._answer.cancel()

    async def _understand(self) -> None:
        mind = self._mind
        try:
            found = await mind.understanding.interpret(
                self._said, self._memory, self._language, self._priority
            )
        except StageError as error:
            self._transcript = error
            return
        self._transcript, self._intent = found.transcript, found.intent
        self._language = found.language
        unfinished = self.completeness is Completeness.UNFINISHED
        answers = mind.home is None or not mind.home.config.mind
        asks = mind.understanding.asks(self._said, found.transcript)
        if asks and self._intent is None and not unfinished and answers:
            self._ask_language_model(found.transcript.text)

    def _ask_language_model(self, question: str) -> ModelAnswer:
        """The answer, which may have been begun already."""
        self._answer = self._answer or self._model_answer(question)
        return self._answer

    def _model_answer(self, about: str | PendingCalls, *, refused: bool = False) -> ModelAnswer:
        question = about if isinstance(about, str) else about.question
        return ModelAnswer(
            *(self._mind.language_model, self._memory, self._tasks, self._mind.config),
            about=about,
            heard=self._mind.understanding.heard(self._said, question, self._language),
            caller=Caller(self._memory.dialogue, self._language, self._priority, self._refusal),
            toolbox=self._mind.toolbox,
            spoken=isinstance(self._said, Utterance),
            replaces_refusal=refused,
        )
