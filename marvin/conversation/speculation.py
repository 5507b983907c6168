"""Work done while the user is still speaking: partial transcripts and, at each pause, a response.
If they keep talking, the response is discarded."""

import asyncio

from marvin.config.tables import TurnConfig
from marvin.conversation.session import Session
from marvin.conversation.utterance import UtteranceInProgress
from marvin.mind.response import Response
from marvin.types import Endpoint, Utterance


class Speculation:
    """Follows one utterance at a time."""

    def __init__(self, session: Session, config: TurnConfig) -> None:
        self._session = session
        self._config = config
        self._response: Response | None = None
        """The response to everything up to the current pause."""

    def heard(self, listening: UtteranceInProgress, tasks: asyncio.TaskGroup) -> None:
        """Note that the utterance has grown by a chunk."""
        partials = self._session.partials
        if not listening.pausing:
            self._discard()
            if partials is not None:
                partials.heard(listening, tasks)
        elif self._response is not None:
            listening.judge(self._response.completeness)
        elif self._config.speculate:
            if partials is not None:
                partials.pause()
            self._response = self._session.respond(listening.utterance(Endpoint.NONE), tasks)

    def take(
        self, listening: UtteranceInProgress, utterance: Utterance, tasks: asyncio.TaskGroup
    ) -> Response:
        """Return the response to the finished utterance, reusing the one begun at the pause."""
        if not listening.pausing:
            self._discard()
        response, self._response = self._response, None
        self.stop()
        return response or self._session.respond(utterance, tasks)

    def stop(self) -> None:
        """End the utterance."""
        self._discard()
        if self._session.partials is not None:
            self._session.partials.stop()

    async def settled(self) -> None:
        """Wait for pending work, but not for the language model."""
        if self._response is not None:
            await self._response.settled()
        if self._session.partials is not None:
            await self._session.partials.settled()

    def _discard(self) -> None:
        if self._response is not None:
            self._response.discard()
            self._response = None
