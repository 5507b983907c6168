"""The rooms in which something can be announced."""

from collections.abc import Sequence
from typing import Protocol

from marvin.errors import ControlError

EVERYWHERE = "everywhere"
"""In place of a room's name."""


class AnnouncedRooms(Protocol):
    def known(self) -> Sequence[str]:
        """Names, those of rooms that are not connected any more included."""

    def check(self, where: str) -> None:
        """Raises ControlError, whose message is for the user, if there is no such room."""

    def start_saying(self, where: str, text: str) -> None:
        """Announce without waiting. Callable on any thread."""

    async def say(self, where: str, text: str) -> None:
        """Announce `text` in the room of that name, or EVERYWHERE. Returns once it was heard.

        Raises:
            ControlError: There is no such room, or some room has not heard it.
        """


class NoRooms:
    """Of a process that only answers in writing."""

    def known(self) -> Sequence[str]:
        return ()

    def check(self, where: str) -> None:
        raise ControlError("no rooms are known here: announce it on the Marvin that they belong to")

    def start_saying(self, where: str, text: str) -> None:
        self.check(where)

    async def say(self, where: str, text: str) -> None:
        self.check(where)
