"""One turn: an utterance in, a spoken reply out, whatever happens on the way."""

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from enum import Enum

from marvin.audio import chime
from marvin.config.tables import TurnConfig
from marvin.conversation.stages import Stages
from marvin.conversation.understanding import Understanding
from marvin.conversation.voice import Voice
from marvin.errors import LanguageModelError, SkillError, StageError
from marvin.events import Event, Heard, Replied, TurnFailed, TurnFinished
from marvin.mind.sanitiser import speakable
from marvin.mind.sentences import once, sentences
from marvin.types import Notice, Reply, Utterance

_LOGGER = logging.getLogger(__name__)

NOT_UNDERSTOOD = "Sorry, I did not get that."
NOTICES = {
    "stt": "Sorry, my speech recognition failed.",
    "skills": "Sorry, that did not work.",
    "llm": "Sorry, my language model did not answer.",
}
"""What is spoken when a stage fails. When the voice itself fails there is a falling tone."""

CUT_SHORT = "Sorry, the rest of the answer did not come."
"""When the language model fails after the first of its words."""

_AT_A_LOSS = 2
"""Turns in a row that are not understood until it helps to hear what would be."""
_CERTAIN = 0.5
"""A transcript that is empty, and at least so certain: nothing but the wake word was said."""


class Outcome(Enum):
    """How a turn ended."""

    ANSWERED = "answered"
    ASKED_BACK = "asked back"
    """The reply is a question to the user."""
    NOT_UNDERSTOOD = "not understood"
    WAKE_WORD_ALONE = "wake word alone"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    RESUMED = "resumed"
    """The user had not finished: another turn takes all of it."""


class Turn:
    """The life of one utterance, from its end to the end of the reply."""

    def __init__(
        self,
        utterance: Utterance,
        understanding: Understanding,
        *,
        wake_score: float,
        endpoint_s: float,
        on_sentence: Callable[[str], None],
        on_first_audio: Callable[[], None],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`wake_score` is 0 in a follow-up; `endpoint_s` the audio from the last speech on."""
        self.utterance = utterance
        self.understanding = understanding
        self.final = False
        """What it does cannot be undone: more words of the user's are another turn."""
        self.stage = "stt"
        """Where the turn is, by the name of the stage's table."""
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
        """The voice begins to make this sentence."""
        if self.first_token_s is None:
            self.first_token_s = self.elapsed_s() - (self.stt_s or 0.0)
        self.stage = "tts"
        self._on_sentence(text)

    def first_audio(self) -> None:
        """The first sound of the reply is there."""
        self.final = True
        if self.first_audio_s is None:
            self.first_audio_s = self.elapsed_s()
            self._on_first_audio()

    def finished(self) -> TurnFinished:
        """The line that says where the time went."""
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

    def __init__(
        self, stages: Stages, voice: Voice, config: TurnConfig, report: Callable[[Event], None]
    ) -> None:
        self._stages = stages
        self._voice = voice
        self._config = config
        self._report = report
        self._misheard = 0
        """Turns in a row of which nothing was understood."""

    async def take(self, turn: Turn) -> Outcome:
        """Answer the utterance aloud, or say aloud that it did not work."""
        try:
            turn.outcome = await self._take(turn)
        except StageError as error:
            turn.outcome = Outcome.FAILED
            await self._fail(turn, error)
        finally:
            self._report(turn.finished())
        return turn.outcome

    async def type(self, text: str) -> str | None:
        """What a skill answers to what was typed, without a sound; None: none understands.

        Raises:
            StageError: It failed.
        """
        reply = await self._stages.skills.call(
            lambda engine, token: engine.answer(text, token), self._config.answer_s
        )
        if reply is not None and reply.volume is not None:
            self._voice.set_volume(reply.volume)
        return None if reply is None else reply.text

    async def _take(self, turn: Turn) -> Outcome:
        try:
            understood = await turn.understanding.result()
        finally:
            turn.stage = turn.understanding.stage
        turn.stt_s = turn.elapsed_s()
        transcript = understood.transcript
        text = transcript.text
        if not text and transcript.confidence >= _CERTAIN:
            return Outcome.WAKE_WORD_ALONE
        self._report(Heard(text, transcript.confidence))
        if not text:
            await self._say(turn, self._not_understood())
            return Outcome.NOT_UNDERSTOOD
        self._misheard = 0
        turn.stage = "skills"
        turn.final = understood.by_skill
        # Asked in any case: whoever says something else does not answer a skill's question later.
        reply = await self._stages.skills.call(
            lambda engine, token: (
                engine.clarify(text, transcript.alternatives, token)
                if transcript.alternatives
                else engine.answer(text, token)
            ),
            self._config.answer_s,
        )
        if reply is not None:
            return await self._act(turn, text, reply)
        turn.stage = "llm"
        await self._converse(turn, text)
        return Outcome.ANSWERED

    async def _not_understood(self) -> AsyncIterator[str]:
        """The second time in a row with what could be said; after that it was heard once."""
        self._misheard += 1
        yield NOT_UNDERSTOOD
        if self._misheard == _AT_A_LOSS:
            suggestion = await self._stages.skills.call(
                lambda engine, token: engine.suggestion(), self._config.answer_s
            )
            if suggestion:
                yield suggestion

    async def _converse(self, turn: Turn, text: str) -> None:
        """The language model's answer, spoken while it is written."""
        answer = turn.understanding.answer(text)
        whole = False
        try:
            async with aclosing(answer):
                await self._say(turn, answer)
            whole = True
        except LanguageModelError:
            turn.stage = "llm"
            raise
        finally:
            heard = (one for one in self._voice.spoken if not isinstance(one, Notice))
            self._stages.conversation.answered(" ".join(heard), interrupted=not whole)
        if turn.first_token_s is None:
            raise LanguageModelError("the language model answered nothing")

    async def _act(self, turn: Turn, text: str, reply: Reply) -> Outcome:
        if reply.volume is not None:
            self._voice.set_volume(reply.volume)
        if reply.text:
            self._stages.conversation.note(text, reply.text)
            # What a command of the user's own prints may hold anything.
            await self._say(turn, sentences(speakable(once(reply.text))))
        return Outcome.ASKED_BACK if reply.follow_up else Outcome.ANSWERED

    async def _say(self, turn: Turn, text: AsyncIterator[str]) -> None:
        spoken: list[str] = []

        def on_sentence(sentence: str) -> None:
            spoken.append(sentence)
            self._report(Replied(sentence))
            turn.sentence(sentence)

        await self._voice.speak(text, on_sentence=on_sentence, on_first_audio=turn.first_audio)
        await self._stages.skills.call(
            lambda engine, token: engine.said(" ".join(spoken)), self._config.answer_s
        )

    async def _fail(self, turn: Turn, error: StageError) -> None:
        """Never silence: a spoken notice, or a tone when the voice itself is what failed."""
        _LOGGER.error("the turn failed in %s: %s", turn.stage, error)
        self._report(TurnFailed(turn.stage, str(error)))
        notice = str(error) if isinstance(error, SkillError) else NOTICES.get(turn.stage)
        if turn.stage == "llm" and turn.first_audio_s is not None:
            notice = CUT_SHORT
        try:
            if notice is not None:
                await self._say(turn, once(notice))
                return
        except StageError as second:
            _LOGGER.error("the notice could not be spoken either: %s", second)
        turn.first_audio()
        await self._voice.sound(chime.error())
