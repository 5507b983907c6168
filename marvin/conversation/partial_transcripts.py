"""Writes down what was said so far while the user still speaks."""

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

_PRIORITY = 1
"""After final transcripts, whose users wait for an answer."""


class PartialTranscripts:
    """Asks for partial transcripts, one at a time, as often as is wanted and the machine can."""

    def __init__(
        self,
        transcriber: Worker[StreamingTranscriber],
        every_s: float,
        limit_s: float,
        report: Callable[[Event], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`every_s`: of new audio from one to the next, if the machine can; `limit_s`: longest time
        for one."""
        self._transcriber = transcriber
        self._every_s = every_s
        self._limit_s = limit_s
        self._report = report
        self._task: asyncio.Task[None] | None = None
        self._clock = clock
        self._asked_at_s = 0.0
        self._took_s = 0.0
        """The last one."""

    def heard(self, listening: UtteranceInProgress, tasks: asyncio.TaskGroup) -> None:
        """Another chunk of the utterance was heard."""
        if not listening.spoke or (self._task is not None and not self._task.done()):
            return
        length_s = listening.duration_s
        # They may take half of the time at most: the wake word and the final transcript want some.
        if length_s - self._asked_at_s >= max(self._every_s, 2 * self._took_s):
            self._asked_at_s = length_s
            self._task = tasks.create_task(self._ask(listening.utterance(Endpoint.NONE)))

    def pause(self) -> None:
        """Nothing new is said, and the whole of it is wanted now."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def stop(self) -> None:
        """The utterance is over."""
        self.pause()
        self._asked_at_s = 0.0
        # What was slow once, a model that was loaded first perhaps, must not end them for good.
        self._took_s /= 2

    async def settled(self) -> None:
        """Wait for the one that is being made."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def _ask(self, utterance: Utterance) -> None:
        began_s = self._clock()
        try:
            partial: Partial = await self._transcriber.call(
                lambda engine, token: engine.partial(utterance, token),
                self._limit_s,
                priority=_PRIORITY,
            )
        except StageError as error:
            # The whole utterance is transcribed all the same, and says what is wrong.
            _LOGGER.warning("no partial transcript: %s", error)
            return
        self._took_s = self._clock() - began_s
        if partial.text:
            self._report(PartlyHeard(partial.text, partial.stable))
