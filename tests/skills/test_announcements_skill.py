"""Announcements in other rooms, by voice."""

from collections.abc import Sequence

import pytest

from marvin.errors import ControlError
from marvin.skills.announced_rooms import EVERYWHERE
from marvin.skills.announcement_skill import Announcement, announcement
from tests.skills.conftest import Marvin

ROOMS = ("kitchen", "living room", "The attic")
DINNER = "Dinner is ready."


class Announced:
    """Rooms, and what was announced in them. The attic is lost."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def known(self) -> Sequence[str]:
        return ROOMS

    def check(self, where: str) -> None:
        if where == "attic":
            raise ControlError("it is lost")

    def start_saying(self, where: str, text: str) -> None:
        self.check(where)
        self.said.append((where, text))

    async def say(self, where: str, text: str) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        ("announce in the kitchen that dinner is ready", Announcement("kitchen", DINNER)),
        ("Announce in the kitchen: Dinner is ready.", Announcement("kitchen", DINNER)),
        (
            "Please announce to the living room, dinner is ready",
            Announcement("living room", DINNER),
        ),
        ("broadcast in the attic dinner is ready", Announcement("attic", DINNER)),
        ("tell the kitchen that dinner is ready", Announcement("kitchen", DINNER)),
        ("tell everybody that dinner is ready", Announcement(EVERYWHERE, DINNER)),
        ("Tell everyone: dinner is ready!", Announcement(EVERYWHERE, DINNER)),
        ("let everybody know that dinner is ready", Announcement(EVERYWHERE, DINNER)),
        ("announce that dinner is ready", Announcement(EVERYWHERE, DINNER)),
        ("announce in all the rooms that dinner is ready", Announcement(EVERYWHERE, DINNER)),
        ("announce dinner is ready in every room", Announcement(EVERYWHERE, DINNER)),
        (
            "announce that the light is on in the kitchen",
            Announcement(EVERYWHERE, "The light is on in the kitchen."),
        ),
        (
            "announce in the garage that dinner is ready",
            Announcement("garage", DINNER, known=False),
        ),
        ("announce in the kitchen", Announcement("kitchen", "")),
        ("tell me a joke", None),
        ("tell the kitchen staff that we close", None),
        ("tell Anna that dinner is ready", None),
        ("let me know when dinner is ready", None),
    ],
)
def test_room_and_message_are_told_apart(heard: str, found: Announcement | None) -> None:
    assert announcement(heard, ROOMS) == found


def test_answers_say_what_is_done(marvin: Marvin) -> None:
    rooms = Announced()
    marvin.skillset.agenda.rooms = rooms
    assert marvin.says("Announce in the kitchen: it's 5 o'clock.") == (
        "I am announcing it in the kitchen."
    )
    assert marvin.says("tell everybody that dinner is ready") == "I am announcing it everywhere."
    assert rooms.said == [("kitchen", "It's 5 o'clock."), (EVERYWHERE, DINNER)]
    assert marvin.says("announce in the garage that dinner is ready") == (
        "I know no room called garage. There is kitchen, living room and The attic."
    )
    assert marvin.says("announce in the attic that dinner is ready") == (
        "I cannot reach the attic: it is not connected."
    )
    assert marvin.says("announce in the kitchen") == (
        'Say what it is: "announce in the kitchen that dinner is ready".'
    )
    assert len(rooms.said) == 2
    assert marvin.says("tell me a joke")


def test_without_other_rooms_nothing_is_announced(marvin: Marvin) -> None:
    said = marvin.says("announce in the kitchen that dinner is ready")
    assert said is not None
    assert "announcing" not in said
