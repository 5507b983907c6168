"""Listens to the user, from the wake word to the endpoint, turn after turn."""

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

_MAX_WAKE_WORD_ALONE = 2
"""How many times in a row the wake word on its own keeps Marvin listening."""


class Listener:
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
        self._taken: UtteranceInProgress | None = None
        """The last utterance, which may turn out to be unfinished."""
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

    def called(self, wake_score: float = 0.0) -> None:
        """Start listening. After a wake word the utterance includes the speech just before it."""
        before = self._pre_roll.since_onset() if wake_score else ()
        self._wake_word_alone = 0
        self._utterance = UtteranceInProgress(self._turn, before, wake_score=wake_score)
        self._chime.called()

    def only_called(self, utterance: Utterance) -> bool:
        """Keep listening after an utterance that was only the wake word. Returns whether it does:
        not if that happens several times in a row."""
        self._wake_word_alone += 1
        if self._wake_word_alone > _MAX_WAKE_WORD_ALONE:
            return False
        since = self._pre_roll.since(utterance.end)
        self._utterance = UtteranceInProgress(self._turn, since, wake_score=utterance.wake_score)
        return True

    def follow_up(self, wait_s: float, *, answer: bool) -> None:
        """Listen for `wait_s` seconds without the wake word; `answer`: to Marvin's question."""
        self._wake_word_alone = 0
        self._utterance = UtteranceInProgress(self._turn, no_speech_s=wait_s, answer=answer)

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

    def take(self, endpoint: Endpoint, tasks: asyncio.TaskGroup) -> tuple[Utterance, Response]:
        """End the utterance and return it with the response to it."""
        assert self._utterance is not None
        self._taken, self._utterance = self._utterance, None
        utterance = self._taken.utterance(endpoint)
        return utterance, self._speculation.take(self._taken, utterance, tasks)

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
        self._speculation.stop()

    async def settled(self) -> None:
        """Wait for pending work, but not for the language model."""
        await self._speculation.settled()
