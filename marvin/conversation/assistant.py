"""The line: hears every chunk, decides when a turn begins and ends, and always comes back to
the armed wake word. The only file that knows every stage, and it knows them by their protocols."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from marvin.audio import chime
from marvin.config.tables import Config
from marvin.conversation.announcements import Announcements
from marvin.conversation.deadlines import Deadline
from marvin.conversation.ear import HeardChunk
from marvin.conversation.hearing import Hearing
from marvin.conversation.speculation import Speculation
from marvin.conversation.stages import Stages
from marvin.conversation.turn import Outcome, Turn, TurnTaker
from marvin.conversation.utterance import PreRoll, UtteranceInProgress
from marvin.conversation.voice import Voice
from marvin.conversation.wake_chime import WakeChime
from marvin.events import AudioLost, Event, StateChanged, TurnFailed, WakeWordHeard
from marvin.state import State, Trigger, next_state
from marvin.types import RATE_HZ, AudioChunk, Detection, Endpoint, Utterance

_LOGGER = logging.getLogger(__name__)

_MOST_ALONE = 2
"""So often in a row the wake word alone only means: go on listening."""


class Assistant:
    """Holds conversations until its source ends."""

    def __init__(
        self,
        stages: Stages,
        config: Config,
        report: Callable[[Event], None],
        heard: Callable[[], None] = lambda: None,
    ) -> None:
        """`heard`: called for each chunk that the ear has dealt with."""
        self._heard = heard
        self._muted = False
        self._stages = stages
        self._config = config
        self._report = report
        self._voice = Voice(stages.synthesizer, stages.sink, config.turn)
        self._ahead = Speculation(stages, config.turn)
        self.turns = TurnTaker(stages, self._voice, config.turn, report)
        self._state = State.IDLE
        self._position = 0
        self._pre_roll = PreRoll(config.turn.pre_roll_s)
        self._listening: UtteranceInProgress | None = None
        self._turn: asyncio.Task[None] | None = None
        self._resumable: tuple[Turn, UtteranceInProgress] | None = None
        """The turn under way, as long as the user may go on with what it answers."""
        self._tasks: asyncio.TaskGroup | None = None
        self._deadline = Deadline(config, self._deadline_passed)
        self._names_itself = False
        self._hearing = Hearing(stages.ear)
        # Nobody waits for it in a recording.
        chimes = config.turn.wake_chime and stages.source.live
        self._chime = WakeChime(self._sound, enabled=chimes)
        self.announcements = Announcements(
            self._voice, report, on_text=self._note_own_name, begin=self._announce_next
        )
        self._saying = False

    async def run(self) -> None:
        """Listen until the source ends and the last reply has been heard."""
        async with asyncio.TaskGroup() as self._tasks:
            try:
                async with contextlib.aclosing(self._stages.source.chunks()) as chunks:
                    async for chunk in chunks:
                        await self._hear(chunk)
                        if not self._stages.source.live:
                            await self._turn_over()
                            await self._ahead.settled()
                await self._source_ended()
            finally:
                self._interrupt()
                self._ahead.stop()
                self._deadline.cancel()
                self._tasks = None

    @property
    def running(self) -> bool:
        """Whether it can be told anything: `run` has begun, and is not over."""
        return self._tasks is not None

    # Told from outside

    def listen(self) -> None:
        """As if the wake word had been said."""
        if self._state is not State.LISTENING:
            self._attend(UtteranceInProgress(self._config.turn), Trigger.TOLD_TO_LISTEN)

    def stop(self) -> None:
        """End what is being said, heard or worked out, and what waits to be said."""
        self.announcements.stop()
        if self._state is not State.IDLE:
            self._interrupt()
            self._stop_listening()
            self._change(Trigger.TOLD_TO_STOP)

    def mute(self, muted: bool) -> None:
        """Hear nothing, or hear again."""
        if self._muted and not muted and self.running:
            self._group.create_task(self._hearing.begin_anew())
        self._muted = muted
        if muted and self._state is State.LISTENING:
            self.stop()

    # Hearing

    async def _hear(self, chunk: AudioChunk) -> None:
        if chunk.start > self._position:
            self._report(AudioLost((chunk.start - self._position) / RATE_HZ))
        self._position = chunk.end
        if self._muted:
            self._heard()
            return
        speaking = self._state is State.SPEAKING
        armed = self._state is not State.LISTENING and not (speaking and self._names_itself)
        if (heard := await self._hearing.hear(chunk, armed=armed, speaking=speaking)) is None:
            return
        self._heard()
        self._pre_roll.append(heard)
        if self._listening is not None and self._chime.heard_in(chunk, self._listening):
            self._listening.hear_chime(heard)
        elif self._listening is not None:
            self._heed(self._listening, self._listening.hear(heard))
            if self._listening is not None:
                self._ahead.heard(self._listening, self._group)
        elif heard.detection is not None:
            self._wake(heard.detection)
        else:
            if heard.near_miss is not None:
                self._report(heard.near_miss)
            if self._resumable is not None:
                self._go_on(*self._resumable, heard)

    def _stop_listening(self) -> None:
        self._listening = None
        self._ahead.stop()

    def _go_on(self, turn: Turn, listening: UtteranceInProgress, heard: HeardChunk) -> None:
        """Whoever speaks on has not finished: the turn is undone, if it still can be."""
        listening.hear(heard)
        late = heard.chunk.start - turn.utterance.end >= self._config.turn.resume_s * RATE_HZ
        if turn.final or late:
            self._resumable = None
            self._announce_next()
        elif listening.resumed:
            turn.outcome = Outcome.RESUMED
            self._interrupt()
            self._change(Trigger.RESUMED)
            self._listening = listening

    def _wake(self, detection: Detection) -> None:
        self._report(WakeWordHeard(detection.score, detection.at / RATE_HZ))
        before = self._pre_roll.since_onset()
        listening = UtteranceInProgress(self._config.turn, before, wake_score=detection.score)
        self._attend(listening, Trigger.WAKE_WORD)

    def _attend(self, listening: UtteranceInProgress, cause: Trigger) -> None:
        self.announcements.hush()
        self._interrupt()
        self._change(cause)
        self._stages.warm()
        self._listening = listening
        self._chime.called()

    def _heed(self, listening: UtteranceInProgress, endpoint: Endpoint) -> None:
        if endpoint is Endpoint.NO_SPEECH:
            self._stop_listening()
            self._change(Trigger.NO_SPEECH)
        elif endpoint is not Endpoint.NONE:
            self._begin_turn(listening, listening.utterance(endpoint))

    async def _source_ended(self) -> None:
        """The recording is over: what was being said is an utterance all the same."""
        if self._listening is not None and self._listening.spoke:
            self._begin_turn(self._listening, self._listening.utterance(Endpoint.SILENCE))
        await self._turn_over()
        if self._listening is not None:
            self._heed(self._listening, Endpoint.NO_SPEECH)

    # Taking turns

    def _begin_turn(self, listening: UtteranceInProgress, utterance: Utterance) -> None:
        understanding = self._ahead.take(listening, utterance, self._group)
        self._listening = None
        self._change(Trigger.ENDPOINT)
        turn = Turn(
            utterance,
            understanding,
            wake_score=listening.wake_score,
            endpoint_s=listening.silence_s,
            on_sentence=self._note_own_name,
            on_first_audio=lambda: self._change(Trigger.FIRST_AUDIO),
        )
        self._turn = self._group.create_task(self._take_turn(turn, listening))
        # Not by the turn: one that is cut off may never have begun.
        self._turn.add_done_callback(lambda _: understanding.discard())
        if utterance.reason is Endpoint.SILENCE:
            self._resumable = turn, listening

    async def _take_turn(self, turn: Turn, listening: UtteranceInProgress) -> None:
        outcome = await self.turns.take(turn)
        if outcome is Outcome.ANSWERED and self._state is State.THINKING:
            # An answer without words: "stop".
            self.announcements.stop()
        alone = listening.wake_word_alone + 1
        if outcome is Outcome.WAKE_WORD_ALONE and alone <= _MOST_ALONE and not self._muted:
            self._change(Trigger.WAKE_WORD_ALONE)
            self._listening = UtteranceInProgress(
                self._config.turn,
                self._pre_roll.since(turn.utterance.end),
                wake_score=listening.wake_score,
                wake_word_alone=alone,
            )
        elif self._state is State.SPEAKING and (wait_s := self._follow_up_s(outcome)) > 0.0:
            self._change(Trigger.FOLLOW_UP)
            asked = outcome is Outcome.ASKED_BACK
            self._listening = UtteranceInProgress(
                self._config.turn, no_speech_s=wait_s, answer=asked
            )
        else:
            self._change(Trigger.TURN_OVER)

    def _follow_up_s(self, outcome: Outcome) -> float:
        if self._muted:
            return 0.0
        if outcome is Outcome.ASKED_BACK:
            return self._config.turn.question_s
        return self._config.turn.follow_up_s if outcome is Outcome.ANSWERED else 0.0

    def _note_own_name(self, sentence: str) -> None:
        # Without echo cancelling the microphone hears the reply: one that says the wake word
        # would interrupt itself, so until it is over the wake word is not listened for.
        if self._config.wake.label.lower() in sentence.lower():
            self._names_itself = True

    def _announce_next(self) -> None:
        if self._saying and self.announcements.urgent:
            # What is said goes on when the timer has been heard.
            self._interrupt()
            self._change(Trigger.TURN_OVER)
        if self._state is State.IDLE and self.announcements and self.running:
            self._change(Trigger.ANNOUNCEMENT)
            self._saying = not self.announcements.urgent
            self._turn = self._group.create_task(self._announce())
        elif self._state is State.THINKING and not self._resumable and self.announcements.urgent:
            # The words follow: what the user waits for may take long.
            self._sound(chime.timer())

    async def _announce(self) -> None:
        await self.announcements.next()
        self._change(Trigger.TURN_OVER)

    async def _turn_over(self) -> None:
        while self._turn is not None and not self._turn.done():
            await asyncio.wait([self._turn])

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

    # The state

    def _change(self, trigger: Trigger) -> None:
        before, self._state = self._state, next_state(self._state, trigger)
        _LOGGER.info("%s -> %s: %s", before.value, self._state.value, trigger.value)
        self._report(StateChanged(before, self._state, trigger, self._position / RATE_HZ))
        self._resumable = None
        if self._state is not State.SPEAKING:
            self._names_itself = self._saying = False
        self._deadline.enter(self._state)
        if self._state is State.IDLE:
            asyncio.get_running_loop().call_soon(self._announce_next)

    def _deadline_passed(self, limit_s: float) -> None:
        stuck = self._state
        _LOGGER.error("%s lasted longer than %g s", stuck.value, limit_s)
        self._report(TurnFailed(stuck.value, f"it lasted longer than {limit_s:g} s"))
        self._interrupt()
        self._stop_listening()
        self._change(Trigger.DEADLINE)
        if stuck is State.THINKING:
            # Whoever asked hears that there will be no answer.
            self._sound(chime.error())
