"""From an utterance or a text to its transcript and the skill that it is meant for."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from marvin.config.hearing import Transcripts
from marvin.config.tables import TurnConfig
from marvin.engines.workers.worker import Worker
from marvin.errors import StageError
from marvin.mind.backchannel import without_opening
from marvin.mind.completeness import wake_word_alone
from marvin.mind.memory import Memory
from marvin.mind.own_voice import without_own_voice
from marvin.mind.repetition import LoopGuard
from marvin.mind.sound_question import asks_about_sound
from marvin.mind.spoken_language import language_of, with_language
from marvin.protocols import Intent, Skills, Transcriber
from marvin.stt.address import without_wake_phrase
from marvin.types import Samples, Transcript, Utterance

_LOGGER = logging.getLogger(__name__)

_UNWRITTEN = Transcript("", "", 0.0)
"""Of what nobody writes down."""


@dataclass(frozen=True, slots=True)
class Interpretation:
    transcript: Transcript
    intent: Intent | None
    """Of a skill; nothing is done yet."""
    language: str
    """Of the reply."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """Has no side effects."""

    transcriber: Worker[Transcriber]
    skills: Worker[Skills]
    config: TurnConfig
    wake_phrases: Sequence[str]
    """Removed from typed text; a transcriber removes them itself."""
    languages: Sequence[str]
    """Of conversations, by code."""
    hears: Transcripts | None = None
    """What is written for a language model that hears the user itself; None: it does not."""

    def heard(self, said: Utterance | str, text: str, language: str) -> tuple[Samples, ...]:
        """What the language model hears of it; `text` is its transcript, if there is one."""
        if self.hears is None or isinstance(said, str):
            return ()
        wanted = self.hears == "none" or asks_about_sound(text, language)
        if said.earlier is None or not wanted:
            return (said.samples,)
        return (np.concatenate([said.earlier, said.samples]),)

    def asks(self, said: Utterance | str, transcript: Transcript) -> bool:
        """Whether there is something to answer: what is not written may still be heard."""
        if transcript.text or self.hears is None or isinstance(said, str):
            return bool(transcript.text)
        return not wake_word_alone(transcript) and not said.unprompted

    async def interpret(
        self, said: Utterance | str, memory: Memory, language: str, priority: int
    ) -> Interpretation:
        """`language`: of the conversation so far. Raises StageError."""
        transcript = await self._transcript(said, memory, language, priority)
        if not transcript.text:
            return Interpretation(transcript, None, language)
        text = transcript.text
        found = await self._match(said, transcript, text, memory, language, priority)
        if found.intent is None and isinstance(said, Utterance) and said.interrupts:
            # What follows "yeah, but". A mere "wait" is like the wake word alone, unless it answers
            # a question.
            rest = without_opening(text)
            if not rest and not said.answer:
                return replace(found, transcript=Transcript("", transcript.language))
            if rest and rest != text:
                found = await self._match(said, transcript, rest, memory, found.language, priority)
        if not transcript.language:
            return replace(found, transcript=replace(transcript, language=found.language))
        return found

    async def _transcript(
        self, said: Utterance | str, memory: Memory, language: str, priority: int
    ) -> Transcript:
        if isinstance(said, str):
            return Transcript(without_wake_phrase(said, self.wake_phrases)[0] or said)
        if self.hears == "none":
            return _UNWRITTEN
        utterance = with_language(said, self.languages, language)
        try:
            transcript = await self.transcriber.call(
                lambda engine, token: engine.transcribe(utterance, token),
                self.config.transcribe_s,
                priority=priority,
            )
        except StageError as error:
            if self.hears is None:
                raise
            _LOGGER.warning("%s; the language model hears what was said", error)
            return _UNWRITTEN
        if self.hears == "model":
            text, _ = without_wake_phrase(transcript.text, self.wake_phrases)
            guard = LoopGuard()
            guard.feed(text)
            transcript = _UNWRITTEN if guard.looped else replace(transcript, text=text)
        return without_own_voice(transcript, memory)

    async def _match(
        self,
        said: Utterance | str,
        transcript: Transcript,
        text: str,
        memory: Memory,
        language: str,
        priority: int,
    ) -> Interpretation:
        heard_in = language_of(said, transcript, self.languages)
        intent = await self.skills.call(
            lambda engine, token: engine.match(
                text, transcript.alternatives, memory.dialogue, token, heard_in
            ),
            self.config.answer_s,
            priority=priority,
        )
        return Interpretation(
            transcript, intent, intent.language if intent else heard_in or language
        )
