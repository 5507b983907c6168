"""Where a session is heard, how clearly, and what is announced there."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from statistics import fmean
from typing import Any, Protocol

from marvin.conversation.called_rooms import CalledRoom, Rooms
from marvin.conversation.ear import HeardChunk
from marvin.errors import ControlError, StageError
from marvin.events import AnsweredElsewhere, Event

_RECENT, _LOUDEST = 30, 10
"""Chunks that may hold the wake word, and how many of them count: its vowels."""
_QUIETEST_DBFS = -60.0
"""A lower floor is that of noise suppression, which makes no voice clearer."""

Say = Callable[[str], Coroutine[Any, Any, StageError | None]]


class OtherRooms(Protocol):
    """Decides who answers a call: here, or on the Marvin whose satellite this is."""

    def called(self, room: CalledRoom, clearness_db: float) -> CalledRoom: ...

    def closed(self, room: CalledRoom) -> None: ...


class SessionRoom:
    """Answers a wake word, or leaves that to a room that hears it more clearly."""

    def __init__(
        self,
        name: str = "",
        rooms: OtherRooms | None = None,
        report: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self.name = name
        self._rooms = rooms or Rooms()
        self._report = report
        self._recent: deque[HeardChunk] = deque(maxlen=_RECENT)
        self._leave: Callable[[], bool] = lambda: False
        self._say: Say | None = None

    def open(self, leave: Callable[[], bool], say: Say) -> None:
        """`leave`: end what the wake word has begun; False if it is too late for that."""
        self._leave, self._say = leave, say

    def close(self) -> None:
        self._leave = lambda: False
        self._rooms.closed(self)

    def hear(self, heard: HeardChunk) -> HeardChunk:
        """The chunk, without its wake word if another room answers."""
        self._recent.append(heard)
        if heard.detection is None:
            return heard
        answering = self._rooms.called(self, clearness_db(self._recent))
        if answering is self:
            return heard
        self._report(AnsweredElsewhere(answering.name))
        return replace(heard, detection=None)

    def leave(self, other: CalledRoom) -> bool:
        left = self._leave()
        if left:
            self._report(AnsweredElsewhere(other.name))
        return left

    async def say(self, text: str) -> None:
        """Raises StageError, ControlError."""
        if self._say is None:
            raise ControlError("nothing can be said there")
        saying = asyncio.ensure_future(self._say(text))
        try:
            await asyncio.wait([saying])
        finally:
            saying.cancel()
        if saying.cancelled():
            raise ControlError("it was told to stop")
        if (error := saying.result()) is not None:
            raise error


def clearness_db(recent: Iterable[HeardChunk]) -> float:
    """How far the loudest part is above the background. Unlike a level it does not depend on the
    microphone's gain, and unlike the wake word's score it goes on rising as the user comes nearer.
    """
    recent = list(recent)
    loudest = sorted(one.level_dbfs for one in recent)[-_LOUDEST:]
    floor = min(one.floor_dbfs for one in recent)
    return fmean(loudest) - max(_QUIETEST_DBFS, floor)
