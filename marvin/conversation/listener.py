"""The user's side of a turn, from the wake word to the endpoint.

Work begins while the user is still speaking: partial transcripts, and at each pause a response to
what was said so far (speculation). If they keep talking, that response is discarded.
"""

import asyncio
from collections.abc import Callable

from marvin.config.tables import Config
from marvin.conversation.ear import HeardChunk
from marvin.conversation.follow_up import FollowUp
from marvin.conversation.session import Session
from marvin.conversation.utterance import FOLLOW_UP_LEAD_S, PreRoll, UtteranceInProgress
from marvin.conversation.wake_chime import WakeChime
from marvin.mind.mind import Response
from marvin.types import RATE_HZ, AudioChunk, Endpoint, Utterance

_MAX_WAKE_WORD_ALONE = 2
"""How many times in a row the wake word on its own keeps Marvin listening."""
_SETTLE_S = 0.28
"""How long the microphone still hears the end of a reply: its latency and the room's echo."""


class Listener:
    """Holds the utterance in progress, if any, and the response that was begun ahead of its end."""

    def __init__(
        self, session: Session, config: Config, sound: Callable[[AudioChunk], None]
    ) -> None:
        self._session = session
        self._config = config.turn
        self._pre_roll = PreRoll(config.turn.pre_roll_s, config.turn.earlier_s)
        # A recording has no listener to chime for.
        self._chime = WakeChime(sound, enabled=config.turn.wake_chime and session.source.live)
        self._utterance: UtteranceInProgress | None = None
        self._taken: UtteranceInProgress | None = None
        """The last utterance, which may turn out to be unfinished."""
        self._speculative: Response | None = None
        """The response to everything up to the current pause."""
        self.user_dbfs = -200.0
        """Level of the user's voice in the last utterance."""
        self._settled = 0
        """Position from which the microphone no longer hears Marvin's reply."""
        self.follows_up = False
        """Whether the utterance in progress began without a call."""
        self._wake_word_alone = 0
        """How many times in a row the user has said only the wake word."""

    @property
    def listening(self) -> bool:
        """Whether an utterance is in progress."""
        return self._utterance is not None

    @property
    def spoke(self) -> bool:
        """Whether the user has begun to speak."""
        return self._utterance is not None and self._utterance.spoke

    def keep(self, heard: HeardChunk) -> None:
        self._pre_roll.append(heard)

    def called(self, wake_score: float = 0.0, speech: UtteranceInProgress | None = None) -> None:
        """Start listening. After a wake word the utterance includes the speech just before it;
        `speech`: it has begun already."""
        self._wake_word_alone = 0
        self._settled, self.follows_up = 0, False
        if speech is not None:
            self._utterance = speech
            return
        before = self._pre_roll.since_onset() if wake_score else ()
        earlier = self._pre_roll.earlier(before[0].chunk.start) if before else None
        self._utterance = UtteranceInProgress(
            self._config, before, wake_score=wake_score, earlier=earlier
        )
        self._chime.called()

    def only_called(self, utterance: Utterance) -> bool:
        """Keep listening after an utterance that was only the wake word. Returns whether it does:
        not if that happens several times in a row."""
        self._wake_word_alone += 1
        if self._wake_word_alone > _MAX_WAKE_WORD_ALONE:
            return False
        since = self._pre_roll.since(utterance.end)
        self._utterance = UtteranceInProgress(
            self._config, since, wake_score=utterance.wake_score, earlier=utterance.earlier
        )
        return True

    def follow_up(self, window: FollowUp, since: int) -> None:
        """Listen without the wake word to a user who may have begun at the position `since`, when
        the reply was over."""
        self._wake_word_alone = 0
        self._utterance = UtteranceInProgress(
            self._config,
            no_speech_s=max(0.0, window.wait_s - _SETTLE_S),
            answer=window.answer,
            unprompted=window.unprompted,
            least_dbfs=self.user_dbfs - window.below_db,
            lead_s=FOLLOW_UP_LEAD_S,
        )
        before = self._pre_roll.since(since)
        for heard in before:
            self._utterance.settle(heard)
        end = before[-1].chunk.end if before else since
        self._settled = end + round(_SETTLE_S * RATE_HZ)
        self.follows_up = True

    def hear(self, heard: HeardChunk, tasks: asyncio.TaskGroup) -> Endpoint:
        """Process the next chunk and return whether the user has finished."""
        utterance = self._utterance
        assert utterance is not None
        if heard.chunk.start < self._settled:
            utterance.settle(heard)
            return Endpoint.NONE
        if self._chime.heard_in(heard.chunk, utterance):
            utterance.hear_chime(heard)
            return Endpoint.NONE
        endpoint = utterance.hear(heard)
        if endpoint is Endpoint.NONE:
            self._work_ahead(utterance, tasks)
        return endpoint

    def take(self, endpoint: Endpoint, tasks: asyncio.TaskGroup) -> tuple[Utterance, Response]:
        """End the utterance and return it with the response to it, which may have begun already."""
        assert self._utterance is not None
        self._taken, self._utterance = self._utterance, None
        utterance = self._taken.utterance(endpoint)
        self.user_dbfs = self._taken.user_dbfs
        if not self._taken.pausing:
            self._discard()
        response, self._speculative = self._speculative, None
        self.stop()
        return utterance, response or self._session.respond(utterance, tasks)

    def goes_on(self, heard: HeardChunk) -> bool:
        """Whether the user keeps speaking after the utterance that was taken."""
        assert self._taken is not None
        self._taken.hear(heard)
        return self._taken.resumed

    def resume(self) -> None:
        """Continue the utterance that was taken."""
        self._utterance = self._taken

    def stop(self) -> None:
        """Stop listening and discard the utterance."""
        self._utterance = None
        self._discard()
        if self._session.partials is not None:
            self._session.partials.stop()

    async def settled(self) -> None:
        """Wait for pending work, but not for the language model."""
        if self._speculative is not None:
            await self._speculative.settled()
        if self._session.partials is not None:
            await self._session.partials.settled()

    def _work_ahead(self, utterance: UtteranceInProgress, tasks: asyncio.TaskGroup) -> None:
        partials = self._session.partials
        if not utterance.pausing:
            self._discard()
            if partials is not None:
                partials.heard(utterance, tasks)
        elif self._speculative is not None:
            utterance.judge(self._speculative.completeness)
        elif self._config.speculate:
            if partials is not None:
                partials.pause()
            so_far = utterance.utterance(Endpoint.NONE)
            self._speculative = self._session.respond(so_far, tasks)

    def _discard(self) -> None:
        if self._speculative is not None:
            self._speculative.discard()
            self._speculative = None
