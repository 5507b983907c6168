"""The rooms that share this Marvin, and which of them answers when several hear one call."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

MARGIN_DB = 3.0
"""A smaller difference is chance, and would only move the answer from one room to another."""


class CalledRoom(Protocol):
    """One in which the wake word can be heard."""

    @property
    def name(self) -> str:
        """Empty if it has none."""

    def leave(self, other: "CalledRoom") -> bool:
        """Stop listening, as `other` answers; False if it is too late for that."""


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

    def closed(self, room: CalledRoom) -> None:
        """It is gone, and answers nobody."""
        if self._call is not None and self._call.room is room:
            self._call = None
