"""The rooms that share this Marvin: which of them answers a call, and what is announced there."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from marvin.config.table import LONGEST_ROOM
from marvin.errors import ControlError, MarvinError
from marvin.skills.announced_rooms import EVERYWHERE

_LOGGER = logging.getLogger(__name__)

LONGEST_TEXT = 20_000
"""Characters of an announcement."""
MARGIN_DB = 3.0
"""A smaller difference is chance, and would only move the answer from one room to another."""
_SAY_S = 300.0
"""Time until an announcement has been heard: what is being said there goes first."""
_LOST = 32
"""Names kept of rooms that are gone."""


class CalledRoom(Protocol):
    """One in which the wake word can be heard."""

    @property
    def name(self) -> str:
        """Empty if it has none."""

    def leave(self, other: "CalledRoom") -> bool:
        """Stop listening, as `other` answers; False if it is too late for that."""

    async def say(self, text: str) -> None:
        """Speak as soon as nothing else is spoken there. Raises MarvinError."""


@dataclass(frozen=True, slots=True)
class _Call:
    room: CalledRoom
    clearness_db: float
    began_s: float


class Rooms:
    """Nobody waits: a room answers at once, and gives way if another one that hears the user more
    clearly reports the same call."""

    def __init__(self, same_call_s: float = 0.0, clock: Callable[[], float] | None = None) -> None:
        """`same_call_s`: wake words that arrive within it are one call; 0: every room answers."""
        self._same_call_s = same_call_s
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._call: _Call | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: list[CalledRoom] = []
        self._lost: dict[str, None] = {}
        """Names of rooms that are gone, the last one last."""

    # Calls

    def called(self, room: CalledRoom, clearness_db: float) -> CalledRoom:
        """The room that answers a wake word which `room` has just heard."""
        now_s, call = self._clock(), self._call
        if call is None or call.room is room or now_s - call.began_s >= self._same_call_s:
            self._call = _Call(room, clearness_db, now_s)
            return room
        if clearness_db < call.clearness_db + MARGIN_DB or not call.room.leave(room):
            return call.room
        # Counted from the first: otherwise rooms could take a call from each other for ever.
        self._call = _Call(room, clearness_db, call.began_s)
        return room

    # Announcements

    def opened(self, room: CalledRoom) -> None:
        """It can be announced to. One of the same name, which may have been lost, is replaced."""
        self._loop = asyncio.get_running_loop()
        same = _key(room.name)
        self._open = [one for one in self._open if one is not room and _key(one.name) != same]
        self._open.append(room)
        self._lost = {name: None for name in self._lost if _key(name) != same}

    def closed(self, room: CalledRoom) -> None:
        """It is gone: it answers nobody, and nothing can be announced there."""
        if self._call is not None and self._call.room is room:
            self._call = None
        if room in self._open:
            # Replaced rather than changed, as skills read it on their thread.
            self._open = [one for one in self._open if one is not room]
            if room.name:
                self._lost = {**dict(list(self._lost.items())[1 - _LOST :]), room.name: None}

    def names(self) -> Sequence[str]:
        """Of the rooms that can be announced to."""
        return tuple(one.name for one in self._open if one.name)

    def known(self) -> Sequence[str]:
        """Names, those of rooms that are not connected any more included."""
        return (*self.names(), *self._lost)

    def check(self, where: str) -> None:
        """Raises ControlError, whose message is for the user, if there is no such room."""
        self._found(where)

    def start_saying(self, where: str, text: str) -> None:
        """Announce without waiting. Callable on any thread."""
        self.check(where)
        assert self._loop is not None
        saying = asyncio.run_coroutine_threadsafe(self.say(where, text), self._loop)
        saying.add_done_callback(_log_failure)

    async def say(self, where: str, text: str) -> None:
        """Announce in the room of that name, or EVERYWHERE. Raises ControlError."""
        rooms = self._found(where)
        if len(text) > LONGEST_TEXT:
            raise ControlError(f"an announcement has at most {LONGEST_TEXT} characters")
        said = await asyncio.gather(*(_said(one, text) for one in rooms), return_exceptions=True)
        failed = [
            f"{room.name or 'here'}: {error}"
            for room, error in zip(rooms, said, strict=True)
            if isinstance(error, MarvinError)
        ]
        for error in said:
            if isinstance(error, BaseException) and not isinstance(error, MarvinError):
                raise error
        if failed:
            raise ControlError(f"not announced in {'; '.join(failed)}")

    def _found(self, where: str) -> Sequence[CalledRoom]:
        if _key(where) == EVERYWHERE:
            if self._open:
                return tuple(self._open)
            raise ControlError("no room is connected that could be told")
        for room in self._open:
            if room.name and _key(room.name) == _key(where):
                return (room,)
        for name in self._lost:
            if _key(name) == _key(where):
                raise ControlError(f"{name} is not connected any more: is it switched on?")
        known = self.names()
        close = get_close_matches(_key(where), [_key(name) for name in known], 1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        there = f"rooms are {', '.join(known)}" if known else "none has a name (docs/rooms.md)"
        raise ControlError(f"there is no room called {where!r}{hint}: {there}")


def check_name(name: str, own: str = "") -> None:
    """`own`: of the room here, if it has one. Raises ControlError; its message is for the user."""
    if len(name) > LONGEST_ROOM:
        raise ControlError(f"a room's name has at most {LONGEST_ROOM} characters")
    if _key(name) in ("", EVERYWHERE):
        raise ControlError(f"no room can be called {name!r}: choose another name")
    if own and _key(name) == _key(own):
        raise ControlError(f"the room {name!r} is here: choose another name")


async def _said(room: CalledRoom, text: str) -> None:
    try:
        async with asyncio.timeout(_SAY_S):
            await room.say(text)
    except TimeoutError:
        raise ControlError(f"it was not heard within {_SAY_S:g} s") from None


def _log_failure(saying: "Future[None]") -> None:
    if not saying.cancelled() and (error := saying.exception()) is not None:
        _LOGGER.warning("%s", error)


def _key(name: str) -> str:
    words = name.casefold().split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)
