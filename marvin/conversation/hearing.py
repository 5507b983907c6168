"""Calls to the ear with a time limit. Repeated failures end the process."""

import logging
from contextlib import suppress

from marvin.conversation.ear import Ear, HeardChunk
from marvin.engines.workers.worker import Worker
from marvin.errors import MarvinError, StageError
from marvin.types import AudioChunk

_LOGGER = logging.getLogger(__name__)

_EAR_S = 3.0
"""A chunk takes milliseconds; past this limit the ear has hung."""
_EAR_FAILURES = 3
"""Consecutive failures after which only a process restart helps."""


class Hearing:
    """Feeds chunks to the ear and counts its consecutive failures."""

    def __init__(self, ear: Worker[Ear]) -> None:
        self._ear = ear
        self._failures = 0

    async def hear(self, chunk: AudioChunk, *, armed: bool, speaking: bool) -> HeardChunk | None:
        """Analyse a chunk; None if the ear failed.

        Raises:
            MarvinError: The ear has failed too often in a row.
        """
        try:
            heard = await self._ear.call(
                lambda ear, token: ear.hear(chunk, armed=armed, speaking=speaking), _EAR_S
            )
        except StageError as error:
            self._failures += 1
            _LOGGER.error("the ear failed: %s", error)
            if self._failures >= _EAR_FAILURES:
                raise MarvinError(f"the ear failed repeatedly: {error}") from error
            return None
        self._failures = 0
        return heard

    async def begin_anew(self) -> None:
        """Reset the ear, ignoring failures."""
        with suppress(StageError):
            await self._ear.call(lambda ear, token: ear.reset(), _EAR_S)
