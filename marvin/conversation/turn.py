"""One turn: an utterance in, a spoken reply or a spoken notice of failure out."""

import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from enum import Enum

from marvin.audio import chime
from marvin.conversation.session import Session
from marvin.conversation.voice import Voice
from marvin.errors import HomeAssistantError, SkillError, StageError
from marvin.events import Event, Heard, Replied, ToolUsed, TurnFailed, TurnFinished
from marvin.languages.translation import speaking_in, translatable, worded
from marvin.mind.completeness import wake_word_alone
from marvin.mind.mind import Response
from marvin.types import Ask, Notice, Utterance

_LOGGER = logging.getLogger(__name__)

NOTICES = {
    "stt": translatable("Sorry, my speech recognition failed."),
    "skills": translatable("Sorry, that did not work."),
    "llm": translatable("Sorry, my language model did not answer."),
}
"""Spoken when a stage fails. When speech synthesis fails, a falling tone is played instead."""

CUT_SHORT = translatable("Sorry, the rest of the answer did not come.")
"""Spoken when the language model fails after it has begun to answer."""


class Outcome(Enum):
    """How a turn ended."""

    ANSWERED = "answered"
    ASKED_BACK = "asked back"
    """The reply asked the user a question."""
    NOT_UNDERSTOOD = "not understood"
    WAKE_WORD_ALONE = "wake word alone"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    RESUMED = "resumed"
    """The user had not finished: a later turn answers the whole utterance."""


class Turn:
    """Answers one utterance, and measures how long each part takes."""

    def __init__(
        self,
        session: Session,
        voice: Voice,
        report: Callable[[Event], None],
        *,
        utterance: Utterance,
        response: Response,
        on_sentence: Callable[[str], None],
        on_first_audio: Callable[[], None],
    ) -> None:
        """`on_sentence` is called before a sentence is synthesised, `on_first_audio` once."""
        self.utterance = utterance
        self._final = False
        self.outcome = Outcome.INTERRUPTED
        self._session = session
        self._voice = voice
        self._report = report
        self._response = response
        self._on_sentence = on_sentence
        self._on_first_audio = on_first_audio
        self._asks = False
        self._spoken: list[str] = []
        self._began = time.perf_counter()
        self._stt_s: float | None = None
        self._first_token_s: float | None = None
        self._first_audio_s: float | None = None

    @property
    def final(self) -> bool:
        """Whether the turn can no longer be undone: further speech starts another turn."""
        return self._final or self._response.acted

    async def run(self) -> Outcome:
        """Speak the answer, or a notice if a stage fails."""
        try:
            self.outcome = await self._answer()
        except StageError as error:
            self.outcome = Outcome.FAILED
            await self._fail(error)
        finally:
            self._report(self._finished())
        return self.outcome

    async def _answer(self) -> Outcome:
        transcript = await self._response.transcript()
        self._stt_s = self._elapsed_s()
        if wake_word_alone(transcript):
            return Outcome.WAKE_WORD_ALONE
        identified = await self._response.identification()
        person = identified.person if identified else None
        speaker = None if identified is None else person.name if person else ""
        self._report(Heard(transcript.text, transcript.confidence, speaker))
        self._final = self._response.final
        done = False
        try:
            with self._session.personal_volume.of(person):
                async with aclosing(self._sentences()) as sentences:
                    await self._say(sentences)
            done = True
        finally:
            heard = _without_notices(self._voice.spoken)
            if self._asks and not done:
                self._session.memory.dialogue.silence()
            self._session.memory.spoke(self._voice.spoken)
            self._session.memory.answered(transcript.text, heard, interrupted=not done)
        if not transcript.text and not heard:
            return Outcome.NOT_UNDERSTOOD
        return Outcome.ASKED_BACK if self._asks else Outcome.ANSWERED

    async def _sentences(self) -> AsyncGenerator[str]:
        async with aclosing(self._session.perform(self._response)) as items:
            async for item in items:
                if isinstance(item, ToolUsed):
                    self._report(item)
                    continue
                self._asks = self._asks or isinstance(item, Ask)
                yield item if isinstance(item, Notice) else item.text

    async def _say(self, sentences: AsyncIterator[str] | list[str]) -> None:
        self._spoken = []
        await self._voice.speak(
            sentences, on_sentence=self._sentence, on_first_audio=self._first_audio
        )
        if self._spoken:
            last = _without_notices(self._spoken) or " ".join(self._spoken)
            self._session.memory.dialogue.last_reply = last

    async def _fail(self, error: StageError) -> None:
        """Never end in silence: speak a notice, or play a tone if synthesis is what failed."""
        _LOGGER.error("the turn failed in %s: %s", error.stage, error)
        self._report(TurnFailed(error.stage, str(error)))
        notice = str(error) if isinstance(error, SkillError) else NOTICES.get(error.stage)
        if error.stage == "llm" and _without_notices(self._voice.spoken):
            notice = CUT_SHORT
        if isinstance(error, HomeAssistantError):
            notice = error.notice
        try:
            if notice is not None:
                with speaking_in(self._session.memory.dialogue.language):
                    notice = worded(notice)
                await self._say([notice])
                return
        except StageError as second:
            _LOGGER.error("the notice could not be spoken either: %s", second)
        self._first_audio()
        await self._voice.sound(chime.error())

    def _sentence(self, text: str) -> None:
        self._spoken.append(text)
        self._report(Replied(text))
        if self._first_token_s is None:
            self._first_token_s = self._elapsed_s() - (self._stt_s or 0.0)
        self._on_sentence(text)

    def _first_audio(self) -> None:
        self._final = True
        if self._first_audio_s is None:
            self._first_audio_s = self._elapsed_s()
            self._on_first_audio()

    def _elapsed_s(self) -> float:
        """Seconds since the endpoint."""
        return time.perf_counter() - self._began

    def _finished(self) -> TurnFinished:
        return TurnFinished(
            outcome=self.outcome.value,
            wake_score=self.utterance.wake_score,
            speech_s=self.utterance.speech_s,
            endpoint_s=self.utterance.silence_s,
            stt_s=self._stt_s,
            first_token_s=self._first_token_s,
            first_audio_s=self._first_audio_s,
            total_s=self._elapsed_s(),
            answered_by=self._response.answered_by,
        )


def _without_notices(sentences: Iterable[str]) -> str:
    """What belongs to the answer itself."""
    return " ".join(one for one in sentences if not isinstance(one, Notice))
