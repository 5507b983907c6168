"""What is done while the user has the word: partial transcripts of what is being said, and at each
pause the work on all of it, as if it were the end."""

import asyncio

from marvin.config.tables import TurnConfig
from marvin.conversation.stages import Stages
from marvin.conversation.understanding import Understanding
from marvin.conversation.utterance import UtteranceInProgress
from marvin.types import Endpoint, Utterance


class Speculation:
    """Belongs to one utterance at a time. What further speech makes wrong is thrown away."""

    def __init__(self, stages: Stages, config: TurnConfig) -> None:
        self._stages = stages
        self._config = config
        self._understanding: Understanding | None = None
        """Of everything up to the pause that lasts."""

    def heard(self, listening: UtteranceInProgress, tasks: asyncio.TaskGroup) -> None:
        """Another chunk of the utterance was heard."""
        partials = self._stages.partials
        if not listening.pausing:
            self._discard()
            if partials is not None:
                partials.heard(listening, tasks)
        elif self._understanding is not None:
            listening.judge(self._understanding.completeness)
        elif self._config.speculate:
            if partials is not None:
                partials.pause()
            self._understanding = self._begin(listening.utterance(Endpoint.NONE), tasks)

    def take(
        self, listening: UtteranceInProgress, utterance: Utterance, tasks: asyncio.TaskGroup
    ) -> Understanding:
        """The work on the whole utterance, begun already if it ends with a pause."""
        if not listening.pausing:
            self._discard()
        understanding, self._understanding = self._understanding, None
        self.stop()
        return understanding or self._begin(utterance, tasks)

    def stop(self) -> None:
        """The utterance is over."""
        self._discard()
        if self._stages.partials is not None:
            self._stages.partials.stop()

    async def settled(self) -> None:
        """Wait for what is being worked out, except for a language model."""
        if self._understanding is not None:
            await self._understanding.settled()
        if self._stages.partials is not None:
            await self._stages.partials.settled()

    def _begin(self, utterance: Utterance, tasks: asyncio.TaskGroup) -> Understanding:
        return Understanding(self._stages, self._config, utterance, tasks)

    def _discard(self) -> None:
        if self._understanding is not None:
            self._understanding.discard()
            self._understanding = None
