"""The state machine: processes every chunk, starts and ends turns, always returns to idle."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from marvin.audio import chime
from marvin.config.tables import Config
from marvin.conversation.announcements import Announcements
from marvin.conversation.deadlines import Deadline
from marvin.conversation.ear import HeardChunk
from marvin.conversation.follow_up import follow_up
from marvin.conversation.interjections import Interjections
from marvin.conversation.listener import Listener
from marvin.conversation.own_words import OwnWords
from marvin.conversation.session import Session
from marvin.conversation.turn import Outcome, Turn
from marvin.conversation.utterance import UtteranceInProgress
from marvin.events import AudioLost, Event, StateChanged, TurnFailed, WakeWordHeard
from marvin.state import State, Trigger, next_state
from marvin.types import RATE_HZ, AudioChunk, Endpoint

_LOGGER = logging.getLogger(__name__)


class Assistant:
    """Holds conversations until its source ends."""

    def __init__(
        self,
        session: Session,
        config: Config,
        report: Callable[[Event], None],
        on_chunk: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_chunk` is called after each processed chunk."""
        self._on_chunk = on_chunk
        self._muted = self._announcing = False
        self._session = session
        self._config = config
        self._report = report
        self._voice = session.voice(config.turn)
        self._listener = Listener(session, config, self._sound)
        self._chimes = config.turn.follow_up_chime and session.source.live
        self._state = State.IDLE
        self._position = 0
        self._turn: asyncio.Task[None] | None = None
        self._resumable: Turn | None = None
        """The current turn, while the user may still continue speaking."""
        self._tasks: asyncio.TaskGroup | None = None
        self._deadline = Deadline(config, session.source.live, self._deadline_passed)
        self._own_words = OwnWords(config.wake.label)
        self._interjections = Interjections(
            session, config.turn, self._voice, self._start_listening
        )
        self.announcements = Announcements(
            self._voice, report, on_text=self._own_words.check, begin=self._announce_next
        )
        session.room.open(self.leave, self.announcements.say)

    async def run(self) -> None:
        """Listen until the source ends and the last reply has been played."""
        async with asyncio.TaskGroup() as self._tasks:
            try:
                async with contextlib.aclosing(self._session.source.chunks()) as chunks:
                    async for chunk in chunks:
                        await self._hear(chunk)
                        if not self._session.source.live:
                            await self._turn_over()
                            await self._listener.settled()
                # Speech cut off by the end of the recording is a complete utterance.
                self.finish()
                await self._turn_over()
                self.finish()
            finally:
                self._interrupt()
                self._listener.stop()
                self._deadline.cancel()
                self._tasks = None

    @property
    def running(self) -> bool:
        """Whether `run` is active, so that commands are accepted."""
        return self._tasks is not None

    # Commands

    def listen(self) -> None:
        """Act as if the wake word had been spoken."""
        if self._state is not State.LISTENING:
            self._start_listening(Trigger.TOLD_TO_LISTEN)

    def finish(self) -> None:
        """End the utterance: the user lets go of the button to speak, or the recording ends."""
        if self._listener.listening:
            self._on_endpoint(Endpoint.SILENCE if self._listener.spoke else Endpoint.NO_SPEECH)

    def stop(self, cause: Trigger = Trigger.TOLD_TO_STOP) -> None:
        """Abort the current turn and drop all queued announcements."""
        self.announcements.stop()
        if self._state is not State.IDLE:
            self._abort(cause)

    def leave(self) -> bool:
        """Another room answers the wake word. Returns False if it is too late for that."""
        turn = self._resumable
        if leaves := self._listener.listening or (turn is not None and not turn.final):
            self._abort(Trigger.OTHER_ROOM)
        return leaves

    async def type(self, text: str) -> str:
        """Return the answer to typed text without speaking it. Raises StageError."""
        return await self._session.answer(text, self._group)

    def mute(self, muted: bool) -> None:
        """Ignore the microphone, or listen again with the ear reset."""
        if self._muted and not muted and self.running:
            self._group.create_task(self._session.reset_ear())
        self._muted = muted
        if muted and self._state is State.LISTENING:
            self.stop()

    # Hearing

    async def _hear(self, chunk: AudioChunk) -> None:
        if chunk.start > self._position:
            self._report(AudioLost((chunk.start - self._position) / RATE_HZ))
        self._position = chunk.end
        if self._muted:
            self._on_chunk()
            return
        speaking = self._state is State.SPEAKING
        armed = self._state is not State.LISTENING and not (speaking and self._own_words.wake_word)
        if (heard := await self._session.hear(chunk, armed, speaking, self._stoppable)) is None:
            return
        self._on_chunk()
        self._listener.keep(heard)
        if self._listener.listening:
            self._on_endpoint(self._listener.hear(heard, self._group))
        elif (detection := heard.detection) is not None:
            self._report(WakeWordHeard(detection.score, detection.at / RATE_HZ))
            self._start_listening(Trigger.WAKE_WORD, detection.score)
        elif heard.stop:
            self.stop(Trigger.STOP_WORD)
        else:
            if heard.near_miss is not None:
                self._report(heard.near_miss)
            if self._resumable is not None:
                self._try_resume(self._resumable, heard)
            if self._state is State.SPEAKING and not self.announcements.ringing:
                self._interjections.hear(heard, self._group)

    @property
    def _stoppable(self) -> bool:
        """Whether "stop" needs no wake word."""
        if self._state is State.IDLE:
            return self.announcements.ringing
        return not (self._resumable or self._listener.listening or self._own_words.stop_word)

    def _try_resume(self, turn: Turn, heard: HeardChunk) -> None:
        """Resume the utterance if the user keeps speaking and the turn can still be undone."""
        goes_on = self._listener.goes_on(heard)
        late = heard.chunk.start - turn.utterance.end >= self._config.turn.resume_s * RATE_HZ
        if turn.final or late:
            self._resumable = None
            self._announce_next()
        elif goes_on:
            turn.outcome = Outcome.RESUMED
            self._interrupt()
            self._change(Trigger.RESUMED)
            self._listener.resume()

    def _start_listening(
        self, cause: Trigger, wake_score: float = 0.0, speech: UtteranceInProgress | None = None
    ) -> None:
        self.announcements.hush()
        self._interrupt()
        self._change(cause)
        self._session.warm()
        self._listener.called(wake_score, speech)

    def _on_endpoint(self, endpoint: Endpoint) -> None:
        if endpoint is Endpoint.NO_SPEECH:
            if self._listener.follows_up and self._chimes:
                self._sound(chime.close_microphone())
            self._listener.stop()
            self._change(Trigger.NO_SPEECH)
        elif endpoint is not Endpoint.NONE:
            self._begin_turn(endpoint)

    # Taking turns

    def _begin_turn(self, endpoint: Endpoint) -> None:
        utterance, response = self._listener.take(endpoint, self._group)
        self._change(Trigger.ENDPOINT)
        turn = Turn(
            self._session,
            self._voice,
            self._report,
            utterance=utterance,
            response=response,
            on_sentence=self._own_words.check,
            on_first_audio=lambda: self._change(Trigger.FIRST_AUDIO),
        )
        self._turn = self._group.create_task(self._run_turn(turn))
        # Not inside the task: a task cancelled early never runs its body.
        self._turn.add_done_callback(lambda _: response.discard())
        if utterance.reason is Endpoint.SILENCE:
            self._resumable = turn

    async def _run_turn(self, turn: Turn) -> None:
        outcome = await turn.run()
        if outcome is Outcome.ANSWERED and self._state is State.THINKING:
            # An answer without speech is the reply to "stop".
            self.announcements.stop()
        only_called = outcome is Outcome.WAKE_WORD_ALONE and not self._muted
        if only_called and self._listener.only_called(turn.utterance):
            self._change(Trigger.WAKE_WORD_ALONE)
        elif self._state is not State.SPEAKING or not await self._follow_up(turn, outcome):
            self._change(Trigger.TURN_OVER)

    async def _follow_up(self, turn: Turn, outcome: Outcome) -> bool:
        """Listen without the wake word, if the user may go on now that the reply is over."""
        since = self._position
        await self._interjections.settled()
        count = self._session.memory.misunderstood
        window = follow_up(outcome, turn.utterance, count, self._config.turn)
        if window is None or self._muted:
            return False
        if self._chimes:
            await self._voice.sound(chime.open_microphone())
        # It may have been muted meanwhile.
        if not self._muted:
            self._change(Trigger.FOLLOW_UP)
            self._listener.follow_up(window, since)
        return not self._muted

    def _announce_next(self) -> None:
        if self._announcing and self.announcements.urgent:
            # The interrupted announcement resumes after the ring.
            self._interrupt()
            self._change(Trigger.TURN_OVER)
        if self._state is State.IDLE and self.announcements and self.running:
            self._change(Trigger.ANNOUNCEMENT)
            self._announcing = not self.announcements.urgent
            self._turn = self._group.create_task(self._announce())
        elif self._state is State.THINKING and not self._resumable and self.announcements.urgent:
            # Chime now and speak later: the pending answer may take a while.
            self._sound(chime.timer())

    async def _announce(self) -> None:
        await self.announcements.next()
        await self._interjections.settled()
        self._change(Trigger.TURN_OVER)

    async def _turn_over(self) -> None:
        while self._turn is not None and not self._turn.done():
            await asyncio.wait([self._turn])

    def _abort(self, cause: Trigger) -> None:
        self._interrupt()
        self._listener.stop()
        self._change(cause)

    def _interrupt(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    @property
    def _group(self) -> asyncio.TaskGroup:
        assert self._tasks is not None
        return self._tasks

    def _sound(self, sound: AudioChunk) -> None:
        self._group.create_task(self._voice.sound(sound))

    def _change(self, trigger: Trigger) -> None:
        before, self._state = self._state, next_state(self._state, trigger)
        _LOGGER.info("%s -> %s: %s", before.value, self._state.value, trigger.value)
        self._report(StateChanged(before, self._state, trigger, self._position / RATE_HZ))
        self._resumable = None
        self._session.enter(self._state)
        self._interjections.enter(self._state, self._listener.user_dbfs)
        if self._state is not State.SPEAKING:
            self._own_words.clear()
            self._announcing = False
        self._deadline.enter(self._state)
        if self._state is State.IDLE:
            asyncio.get_running_loop().call_soon(self._announce_next)

    def _deadline_passed(self, limit_s: float) -> None:
        stuck = self._state
        _LOGGER.error("%s lasted longer than %g s", stuck.value, limit_s)
        self._report(TurnFailed(stuck.value, f"it lasted longer than {limit_s:g} s"))
        self._abort(Trigger.DEADLINE)
        if stuck is State.THINKING:
            # Tell the user that no answer is coming.
            self._sound(chime.error())
