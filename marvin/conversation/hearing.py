"""The ear's calls: each has a limit, and an ear that fails again and again ends the process."""

import logging
from contextlib import suppress

from marvin.conversation.ear import Ear, HeardChunk
from marvin.engines.workers.worker import Worker
from marvin.errors import MarvinError, StageError
from marvin.types import AudioChunk

_LOGGER = logging.getLogger(__name__)

_EAR_S = 3.0
"""The ear needs milliseconds for a chunk; after this time it hangs, and has been deaf."""
_EAR_FAILURES = 3
"""Failures of the ear in a row after which only a new process helps."""


class Hearing:
    """What the ear makes of each chunk."""

    def __init__(self, ear: Worker[Ear]) -> None:
        self._ear = ear
        self._failures = 0

    async def hear(self, chunk: AudioChunk, *, armed: bool, speaking: bool) -> HeardChunk | None:
        """None: the ear failed.

        Raises:
            MarvinError: It has failed too often.
        """
        try:
            heard = await self._ear.call(
                lambda ear, token: ear.hear(chunk, armed=armed, speaking=speaking), _EAR_S
            )
        except StageError as error:
            self._failures += 1
            _LOGGER.error("the ear failed: %s", error)
            if self._failures >= _EAR_FAILURES:
                raise MarvinError(f"deaf, so Marvin has to start again: {error}") from error
            return None
        self._failures = 0
        return heard

    async def begin_anew(self) -> None:
        """Forget what was heard so far."""
        with suppress(StageError):
            await self._ear.call(lambda ear, token: ear.reset(), _EAR_S)
