"""Partial transcripts while the user is still speaking."""

import asyncio
import logging
import time
from collections.abc import Callable

from marvin.conversation.utterance import UtteranceInProgress
from marvin.engines.workers.worker import Worker
from marvin.errors import StageError
from marvin.events import Event, PartlyHeard
from marvin.protocols import StreamingTranscriber
from marvin.types import Endpoint, Partial, Utterance

_LOGGER = logging.getLogger(__name__)

_BELOW = 1
"""Below final transcripts of the same session, for which a user is waiting."""


class PartialTranscripts:
    """Requests partial transcripts one at a time, no faster than the machine can follow."""

    def __init__(
        self,
        transcriber: Worker[StreamingTranscriber],
        every_s: float,
        limit_s: float,
        report: Callable[[Event], None],
        clock: Callable[[], float] = time.monotonic,
        *,
        priority: int = 0,
    ) -> None:
        """`every_s` is the audio between two requests, `limit_s` the time limit for each;
        `priority`: of the session."""
        self._transcriber = transcriber
        self._every_s = every_s
        self._limit_s = limit_s
        self._report = report
        self._task: asyncio.Task[None] | None = None
        self._clock = clock
        self._priority = priority + _BELOW
        self._asked_at_s = 0.0
        self._took_s = 0.0
        """Duration of the last request, in seconds."""

    def heard(self, utterance: UtteranceInProgress, tasks: asyncio.TaskGroup) -> None:
        """Note that the utterance has grown by a chunk."""
        if not utterance.spoke or (self._task is not None and not self._task.done()):
            return
        length_s = utterance.duration_s
        # Use at most half of the time, to leave some for the wake word and the final transcript.
        if length_s - self._asked_at_s >= max(self._every_s, 2 * self._took_s):
            self._asked_at_s = length_s
            self._task = tasks.create_task(self._ask(utterance.utterance(Endpoint.NONE)))

    def pause(self) -> None:
        """Cancel the pending request, so that the transcript of the whole is not delayed."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def stop(self) -> None:
        """End the utterance."""
        self.pause()
        self._asked_at_s = 0.0
        # Decay, so that one slow request (such as a model load) does not stop them for good.
        self._took_s /= 2

    async def settled(self) -> None:
        """Wait for the pending request."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def _ask(self, utterance: Utterance) -> None:
        began_s = self._clock()
        try:
            partial: Partial = await self._transcriber.call(
                lambda engine, token: engine.partial(utterance, token),
                self._limit_s,
                priority=self._priority,
            )
        except StageError as error:
            # The transcription of the whole utterance will report the error.
            _LOGGER.warning("no partial transcript: %s", error)
            return
        self._took_s = self._clock() - began_s
        if partial.text:
            self._report(PartlyHeard(partial.text, partial.stable))
