"""Who speaks: found while the utterance is transcribed, and what only known people may do."""

import logging
from collections.abc import Collection
from dataclasses import replace

from marvin.dialogue import Dialogue
from marvin.engines.workers.worker import Worker
from marvin.errors import StageError
from marvin.protocols import SpeakerIdentifier
from marvin.skills.tool_confirmation import CONFIRM, NAME
from marvin.types import Identification, Utterance

_LOGGER = logging.getLogger(__name__)

TOO_SHORT = (
    "I only do that for people whose voice I know, and that was too short to tell. "
    "Say it again in a longer sentence."
)
UNKNOWN = (
    "I only do that for people whose voice I know, and I am not sure of yours. Try again, or "
    "enrol your voice with the command marvin voices add."
)


class SpeakerIdentity:
    def __init__(
        self, identifier: Worker[SpeakerIdentifier], known_only: Collection[str] = ()
    ) -> None:
        """`known_only` names the skills for known people only."""
        self._identifier = identifier
        self._known_only = frozenset(known_only)

    async def identify(
        self, utterance: Utterance, dialogue: Dialogue, limit_s: float, priority: int
    ) -> Identification:
        """Nobody if that fails. A short answer is from whoever was asked, unless it is clear that
        it is not, or it is a yes that counts from known people only."""
        inherits = dialogue.question != CONFIRM or NAME not in self._known_only
        asked = dialogue.speaker if inherits else None
        try:
            found = await self._identifier.call(
                lambda identifier, token: identifier.identify(utterance, token),
                limit_s,
                priority=priority,
            )
        except StageError as error:
            _LOGGER.warning("who spoke is unknown: %s", error)
            return Identification()
        _LOGGER.debug("%s", found)
        unclear = found.person is None and (not found.enough or found.maybe == asked)
        if utterance.answer and unclear:
            return replace(found, person=asked)
        return found

    def refusal(self, identified: Identification, skills: Collection[str]) -> str | None:
        """Why nothing is done for somebody unknown; None if it is."""
        if identified.person is not None or self._known_only.isdisjoint(skills):
            return None
        return UNKNOWN if identified.enough else TOO_SHORT
