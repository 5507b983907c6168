"""The announcements skill: speaks a message in another room, or in all of them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marvin.errors import ControlError
from marvin.languages.translation import spoken
from marvin.skills.announced_rooms import EVERYWHERE, AnnouncedRooms
from marvin.skills.sentence_patterns import Said, SentenceGroup, Skill
from marvin.types import ReplyItem, Say

_ALL = r"(?:every(?:body|one|where)|(?:in )?every room|(?:in )?all (?:of )?(?:the |my |our )?rooms)"
_ASKED = re.compile(
    r"\b(?P<verb>announce|broadcast|tell|let)\b[\s,:]*(?P<rest>.+)", re.IGNORECASE | re.DOTALL
)
_TO_ALL = re.compile(rf"(?:to )?{_ALL}\b(?: know\b)?", re.IGNORECASE)
_FOR_ALL_AT_THE_END = re.compile(rf"[\s,]+(?:to |for )?{_ALL}$", re.IGNORECASE)
_UNKNOWN = re.compile(r"(?:in|to) (?:the |my |our )?(?P<room>[\w' -]{1,40}?)(?: that\b|[:,])", re.I)
_LEAD = re.compile(r"^[\s,:]*(?:that\b[\s,:]*)?", re.IGNORECASE)

_WRITTEN = (
    "(announce|broadcast) {free_announcement}",
    "(tell|let) {free_announcement}",
)


@dataclass(frozen=True, slots=True)
class Announcement:
    where: str
    text: str
    known: bool = True
    """Whether there is such a room."""


class AnnouncementSkill:
    def __init__(self, rooms: Callable[[], AnnouncedRooms]) -> None:
        """`rooms`: those of the moment, which a reload replaces."""
        self._rooms = rooms

    def skill(self) -> Skill:
        def no_announcement(said: Said) -> bool:
            return spoken() is not None or self._announcement(said) is None

        phrase = SentenceGroup(
            (), self._announce, written=_WRITTEN, tentative=True, unless=no_announcement
        )
        # No examples: most homes have one room.
        return Skill("announcements", (phrase,))

    def _announcement(self, said: Said) -> Announcement | None:
        rooms = self._rooms().known()
        return announcement(said.heard or said.text, rooms) if rooms else None

    def _announce(self, said: Said) -> list[ReplyItem]:
        found = self._announcement(said)
        assert found is not None
        rooms = self._rooms()
        if not found.known:
            there = _listed(rooms.known())
            return [Say(f"I know no room called {found.where}. There is {there}.")]
        if not found.text:
            return [Say('Say what it is: "announce in the kitchen that dinner is ready".')]
        try:
            rooms.start_saying(found.where, found.text)
        except ControlError:
            return [Say(f"I cannot reach the {found.where}: it is not connected.")]
        where = EVERYWHERE if found.where == EVERYWHERE else f"in the {found.where}"
        return [Say(f"I am announcing it {where}.")]


def announcement(heard: str, rooms: Sequence[str]) -> Announcement | None:
    """What a sentence wants announced, in the user's spelling; None if it is something else.

    A room at the end may belong to the message ("the light is on in the kitchen"): it counts as a
    part of that.
    """
    asked = _ASKED.search(heard)
    if asked is None:
        return None
    rest = asked["rest"].strip().rstrip(" .!,;:")
    told = asked["verb"].lower() in ("tell", "let")
    if to_all := _TO_ALL.match(rest):
        return Announcement(EVERYWHERE, _message(rest[to_all.end() :]))
    if in_room := _room_first(rest, rooms, told=told):
        room, message = in_room
        return Announcement(room, _message(message))
    if told:
        return None
    if unknown := _UNKNOWN.match(rest):
        return Announcement(unknown["room"], _message(rest[unknown.end() :]), known=False)
    return Announcement(EVERYWHERE, _message(_FOR_ALL_AT_THE_END.sub("", rest)))


def _room_first(rest: str, rooms: Sequence[str], *, told: bool) -> tuple[str, str] | None:
    """The room that the sentence begins with, and the rest of it."""
    before = "" if told else "(?:in|to) "
    # "tell the kitchen that ..."; people are told other things.
    after = r"(?=\W+that\b)" if told else r"\b"
    for room in sorted(rooms, key=len, reverse=True):
        name = re.sub(r"^the ", "", " ".join(room.split()), flags=re.IGNORECASE)
        found = re.match(rf"{before}(?:the |my |our )?{re.escape(name)}{after}", rest, re.I)
        if found is not None:
            return name, rest[found.end() :]
    return None


def _message(text: str) -> str:
    text = _LEAD.sub("", text, count=1).strip()
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
