"""One turn: an utterance in, a spoken reply or a spoken notice of failure out."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from enum import Enum

from marvin.audio import chime
from marvin.conversation.session import Session
from marvin.conversation.voice import Voice
from marvin.errors import SkillError, StageError
from marvin.events import Event, Heard, Replied, TurnFailed, TurnFinished
from marvin.mind.response import Response, wake_word_alone
from marvin.mind.sentences import once
from marvin.types import Act, Ask, Notice, ReplyItem, Utterance

_LOGGER = logging.getLogger(__name__)

NOTICES = {
    "stt": "Sorry, my speech recognition failed.",
    "skills": "Sorry, that did not work.",
    "llm": "Sorry, my language model did not answer.",
}
"""Spoken when a stage fails. When speech synthesis fails, a falling tone is played instead."""

CUT_SHORT = "Sorry, the rest of the answer did not come."
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
    """State and timings of one turn."""

    def __init__(
        self,
        utterance: Utterance,
        response: Response,
        *,
        wake_score: float,
        endpoint_s: float,
        on_sentence: Callable[[str], None],
        on_first_audio: Callable[[], None],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`wake_score` is 0 in a follow-up; `endpoint_s` is the silence before the endpoint."""
        self.utterance = utterance
        self.response = response
        self.final = False
        """Whether the turn can no longer be undone: further speech starts another turn."""
        self.outcome = Outcome.INTERRUPTED
        self.stt_s: float | None = None
        self.first_token_s: float | None = None
        self.first_audio_s: float | None = None
        self._wake_score = wake_score
        self._endpoint_s = endpoint_s
        self._on_sentence = on_sentence
        self._on_first_audio = on_first_audio
        self._clock = clock
        self._start = clock()

    def elapsed_s(self) -> float:
        """Seconds since the endpoint."""
        return self._clock() - self._start

    def sentence(self, text: str) -> None:
        """Note that synthesis of this sentence is starting."""
        if self.first_token_s is None:
            self.first_token_s = self.elapsed_s() - (self.stt_s or 0.0)
        self._on_sentence(text)

    def first_audio(self) -> None:
        """Note that the first audio of the reply is ready."""
        self.final = True
        if self.first_audio_s is None:
            self.first_audio_s = self.elapsed_s()
            self._on_first_audio()

    def finished(self) -> TurnFinished:
        """Return the event with outcome and timings."""
        return TurnFinished(
            outcome=self.outcome.value,
            wake_score=self._wake_score,
            speech_s=self.utterance.speech_s,
            endpoint_s=self._endpoint_s,
            stt_s=self.stt_s,
            first_token_s=self.first_token_s,
            first_audio_s=self.first_audio_s,
            total_s=self.elapsed_s(),
        )


class TurnTaker:
    """Takes turns, one at a time."""

    def __init__(self, session: Session, voice: Voice, report: Callable[[Event], None]) -> None:
        self._session = session
        self._voice = voice
        self._report = report

    async def take(self, turn: Turn) -> Outcome:
        """Speak the answer, or a notice if a stage fails."""
        try:
            turn.outcome = await self._take(turn)
        except StageError as error:
            turn.outcome = Outcome.FAILED
            await self._fail(turn, error)
        finally:
            self._report(turn.finished())
        return turn.outcome

    async def type(self, text: str, tasks: asyncio.TaskGroup) -> str:
        """Return the answer to typed text without speaking it. Raises StageError."""
        session = self._session
        response = session.mind.respond(text, session.memory, tasks, priority=session.priority)
        answer = _Answer(response.items(), self._voice.set_volume)
        try:
            reply = [sentence async for sentence in answer.sentences()]
        finally:
            response.discard()
        session.memory.answered(text, _without_notices(reply))
        return " ".join(reply)

    async def _take(self, turn: Turn) -> Outcome:
        transcript = await turn.response.transcript()
        turn.stt_s = turn.elapsed_s()
        if wake_word_alone(transcript):
            return Outcome.WAKE_WORD_ALONE
        self._report(Heard(transcript.text, transcript.confidence))
        turn.final = turn.response.by_skill
        answer = _Answer(turn.response.items(), self._voice.set_volume)
        done = False
        try:
            async with aclosing(answer.sentences()) as sentences:
                await self._say(turn, sentences)
            done = True
        finally:
            heard = _without_notices(self._voice.spoken)
            self._session.memory.answered(transcript.text, heard, interrupted=not done)
        if not transcript.text:
            return Outcome.NOT_UNDERSTOOD
        return Outcome.ASKED_BACK if answer.asks else Outcome.ANSWERED

    async def _say(self, turn: Turn, text: AsyncIterator[str]) -> None:
        spoken: list[str] = []

        def on_sentence(sentence: str) -> None:
            spoken.append(sentence)
            self._report(Replied(sentence))
            turn.sentence(sentence)

        await self._voice.speak(text, on_sentence=on_sentence, on_first_audio=turn.first_audio)
        if spoken:
            last = _without_notices(spoken) or " ".join(spoken)
            self._session.memory.dialogue.last_reply = last

    async def _fail(self, turn: Turn, error: StageError) -> None:
        """Never end in silence: speak a notice, or play a tone if synthesis is what failed."""
        _LOGGER.error("the turn failed in %s: %s", error.stage, error)
        self._report(TurnFailed(error.stage, str(error)))
        notice = str(error) if isinstance(error, SkillError) else NOTICES.get(error.stage)
        if error.stage == "llm" and _without_notices(self._voice.spoken):
            notice = CUT_SHORT
        try:
            if notice is not None:
                await self._say(turn, once(notice))
                return
        except StageError as second:
            _LOGGER.error("the notice could not be spoken either: %s", second)
        turn.first_audio()
        await self._voice.sound(chime.error())


def _without_notices(sentences: Iterable[str]) -> str:
    """What belongs to the answer itself."""
    return " ".join(one for one in sentences if not isinstance(one, Notice))


class _Answer:
    """Turns reply items into sentences and carries out the actions among them."""

    def __init__(
        self, items: AsyncGenerator[ReplyItem], set_volume: Callable[[float], None]
    ) -> None:
        self._items = items
        self._set_volume = set_volume
        self.asks = False

    async def sentences(self) -> AsyncGenerator[str]:
        async with aclosing(self._items) as items:
            async for item in items:
                match item:
                    case Act(volume):
                        self._set_volume(volume)
                    case Notice():
                        yield item
                    case _:
                        self.asks = self.asks or isinstance(item, Ask)
                        yield item.text
