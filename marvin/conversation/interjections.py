"""Open-microphone barge-in: speech pauses the reply, and its words decide whether it goes on.

A paused reply stays in the state `speaking`, within that state's deadline. A pause has a limit of
its own, in wall-clock time, so that the reply goes on whatever happens to the recogniser or the
microphone.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from marvin.config.tables import TurnConfig
from marvin.conversation.ear import HeardChunk
from marvin.conversation.follow_up import UNPROMPTED_DB
from marvin.conversation.session import Session
from marvin.conversation.utterance import UtteranceInProgress
from marvin.conversation.voice import Voice
from marvin.errors import StageError
from marvin.mind.backchannel import Interjection, interjection
from marvin.protocols import PausableSink
from marvin.state import State, Trigger
from marvin.types import RATE_HZ, Endpoint

_LOGGER = logging.getLogger(__name__)

_LONGEST_S = 5.0
"""Limit of a pause: a slow recogniser, or a sound that is no speech."""
_STALLED_S = 1.0
"""No chunk for this long: the microphone is muted or lost."""
_OVER_S = 0.4
"""Silence after which the reply goes on: "yeah, but" has a shorter one."""
_EVERY_S = 0.3
"""Speech between two looks at its words."""
_LEAD_S = 0.28
"""Audio kept from before the speech."""
_ECHO_DB = 12.0
"""A chunk that the canceller has lowered by more is mostly what it leaves of Marvin's voice."""
_DEAF_S, _DEAFEST_S = 2.0, 8.0
"""After a sound without a word of the user, the reply is not paused for so long, and twice as long
the next time: it was noise, or the echo canceller has lost its place and needs to find it again."""


class Interjections:
    """Follows what is said while Marvin speaks."""

    def __init__(
        self,
        session: Session,
        config: TurnConfig,
        voice: Voice,
        interrupt: Callable[[Trigger, float, UtteranceInProgress], None],
    ) -> None:
        """`interrupt` gets the cause, no wake score, and what the user has begun to say."""
        sink = session.sink
        wanted = config.barge_in == "speech" and session.source.live
        self._sink = sink if wanted and isinstance(sink, PausableSink) else None
        self._session = session
        self._config = config.model_copy(update={"min_speech_s": config.barge_in_s})
        self._voice = voice
        self._interrupt = interrupt
        self._active = False
        self._least_dbfs = -200.0
        self._deaf_s = _DEAF_S
        self._deaf_until = self._position = 0
        """In samples of the microphone."""
        self._paused: asyncio.TimerHandle | None = None
        """Ends the pause, if there is one."""
        self._judging: asyncio.Task[None] | None = None
        self._asked_s = self._judged_s = 0.0
        """Seconds of speech whose words were asked for, and are known to be no interruption."""
        self._wordless = False
        """No word of the user has been found in it."""
        self._followed = asyncio.Event()
        self._speech = self._silence()

    def enter(self, state: State, user_dbfs: float) -> None:
        """Begin if Marvin begins to speak, else end. `user_dbfs`: level of the user's last
        words."""
        self._clear()
        self._active = self._sink is not None and state is State.SPEAKING
        if self._active:
            self._least_dbfs = user_dbfs - UNPROMPTED_DB
            self._deaf_s, self._deaf_until = _DEAF_S, 0
            self._speech = self._silence()

    def _clear(self) -> None:
        if self._paused is not None:
            self._paused.cancel()
        if self._judging is not None:
            self._judging.cancel()
        self._paused = self._judging = None
        self._asked_s = self._judged_s = 0.0
        self._wordless = False
        self._followed.set()

    def hear(self, heard: HeardChunk, tasks: asyncio.TaskGroup) -> None:
        """Process a chunk while Marvin speaks."""
        if not self._active:
            return
        self._position = heard.chunk.end
        deaf = heard.chunk.start < self._deaf_until or not heard.without_own_voice
        if deaf and self._paused is None:
            # It would take Marvin's own voice for the user's.
            self._speech = self._silence()
            self._followed.set()
            return
        speech = self._speech
        if heard.removed_db > _ECHO_DB:
            heard = replace(heard, probability=0.0)
        endpoint = speech.hear(heard)
        self._followed.set()
        if self._paused is None:
            if speech.spoke:
                self._pause()
        elif speech.speech_s == self._judged_s:
            if speech.silence_s >= _OVER_S or endpoint is not Endpoint.NONE:
                self._go_on()
        elif self._judging is None:
            new_s = speech.speech_s - self._asked_s
            if new_s >= _EVERY_S or (speech.pausing and new_s > 0.0) or self._asked_s == 0.0:
                self._asked_s = speech.speech_s
                self._judging = tasks.create_task(self._judge(speech, speech.speech_s))

    async def settled(self) -> None:
        """Wait until what was begun during the reply has been judged, now that the reply is over.
        Leaves the loudspeaker on."""
        if self._sink is None:
            return
        try:
            while self._paused is not None or self._speech.begun:
                self._followed.clear()
                async with asyncio.timeout(_STALLED_S if self._paused is None else _LONGEST_S):
                    await self._followed.wait()
        except TimeoutError:
            pass
        finally:
            self._active = False
            self._clear()
            self._sink.set_paused(False)

    def _pause(self) -> None:
        assert self._sink is not None
        _LOGGER.info("somebody speaks: the reply is paused")
        self._sink.set_paused(True)
        self._paused = asyncio.get_running_loop().call_later(_LONGEST_S, self._go_on)

    def _go_on(self) -> None:
        _LOGGER.info("the reply goes on")
        assert self._sink is not None
        if self._wordless:
            self._deaf_until = self._position + round(self._deaf_s * RATE_HZ)
            self._deaf_s = min(2 * self._deaf_s, _DEAFEST_S)
        self._clear()
        self._speech = self._silence()
        self._sink.set_paused(False)

    async def _judge(self, speech: UtteranceInProgress, speech_s: float) -> None:
        said = await self._words(speech)
        self._judging = None
        answers = self._session.memory.dialogue.question is not None
        if said is not None and said.interrupts(self._config.barge_in_words, answers=answers):
            self._interrupt(Trigger.INTERRUPTED, 0.0, speech)
            return
        self._judged_s = speech_s
        self._wordless = said is not None and not said.words

    async def _words(self, speech: UtteranceInProgress) -> Interjection | None:
        utterance = speech.utterance(Endpoint.NONE)
        try:
            transcript = await self._session.mind.transcriber.call(
                lambda engine, token: engine.transcribe(utterance, token),
                self._config.transcribe_s,
            )
        except StageError as error:
            _LOGGER.warning("what was said during the reply is not known: %s", error)
            return None
        return interjection(transcript.text, self._voice.spoken)

    def _silence(self) -> UtteranceInProgress:
        """Nothing is said yet."""
        return UtteranceInProgress(
            self._config,
            no_speech_s=float("inf"),
            answer=self._session.memory.dialogue.question is not None,
            unprompted=True,
            interrupts=True,
            least_dbfs=self._least_dbfs,
            lead_s=_LEAD_S,
        )
