"""The user's side of a turn, from the wake word to the endpoint."""

import asyncio
from collections.abc import Callable

from marvin.config.tables import Config
from marvin.conversation.ear import HeardChunk
from marvin.conversation.session import Session
from marvin.conversation.speculation import Speculation
from marvin.conversation.utterance import PreRoll, UtteranceInProgress
from marvin.conversation.wake_chime import WakeChime
from marvin.mind.response import Response
from marvin.types import AudioChunk, Endpoint, Utterance


class UserTurn:
    """Holds the utterance in progress, if any, with pre-roll, speculation and wake chime."""

    def __init__(
        self, session: Session, config: Config, sound: Callable[[AudioChunk], None]
    ) -> None:
        self._turn = config.turn
        self._pre_roll = PreRoll(config.turn.pre_roll_s)
        self._speculation = Speculation(session, config.turn)
        # A recording has no listener to chime for.
        self._chime = WakeChime(sound, enabled=config.turn.wake_chime and session.source.live)
        self._utterance: UtteranceInProgress | None = None

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

    def called(self, wake_score: float = 0.0) -> None:
        """Start listening. After a wake word the utterance includes the speech just before it."""
        before = self._pre_roll.since_onset() if wake_score else ()
        self._utterance = UtteranceInProgress(self._turn, before, wake_score=wake_score)
        self._chime.called()

    def called_only(self, before: UtteranceInProgress, end: int, times: int) -> None:
        """Keep listening after the wake word on its own, which ended at position `end` (samples);
        `times` counts how often in a row that has happened."""
        self._utterance = UtteranceInProgress(
            self._turn,
            self._pre_roll.since(end),
            wake_score=before.wake_score,
            wake_word_alone=times,
        )

    def follow_up(self, wait_s: float, *, answer: bool) -> None:
        """Listen for `wait_s` seconds without the wake word; `answer`: to Marvin's question."""
        self._utterance = UtteranceInProgress(self._turn, no_speech_s=wait_s, answer=answer)

    def resume(self, utterance: UtteranceInProgress) -> None:
        """Continue an utterance that turned out to be unfinished."""
        self._utterance = utterance

    def hear(self, heard: HeardChunk, tasks: asyncio.TaskGroup) -> Endpoint:
        """Process the next chunk and return whether the user has finished."""
        utterance = self._utterance
        assert utterance is not None
        if self._chime.heard_in(heard.chunk, utterance):
            utterance.hear_chime(heard)
            return Endpoint.NONE
        endpoint = utterance.hear(heard)
        if endpoint is Endpoint.NONE:
            self._speculation.heard(utterance, tasks)
        return endpoint

    def take(
        self, endpoint: Endpoint, tasks: asyncio.TaskGroup
    ) -> tuple[UtteranceInProgress, Utterance, Response]:
        """End the utterance and return it with its audio and the response."""
        assert self._utterance is not None
        taken, self._utterance = self._utterance, None
        utterance = taken.utterance(endpoint)
        return taken, utterance, self._speculation.take(taken, utterance, tasks)

    def stop(self) -> None:
        """Stop listening and discard the utterance."""
        self._utterance = None
        self._speculation.stop()

    async def settled(self) -> None:
        """Wait for pending work, but not for the language model."""
        await self._speculation.settled()
