"""Lists of people whose voice is known: "my shopping list" is theirs, "the" one is everybody's."""

import re
from collections.abc import Iterable
from dataclasses import replace

from marvin.languages.translation import spoken
from marvin.skills.sentence_patterns import Said, SentenceGroup
from marvin.types import Ask, ReplyItem, Say

_MINE = ("my",)
_MARK = ": "
"""Between the owner and the name of a list: no spoken name contains it."""


def owner(said: Said) -> str:
    """What the name of the speaker's own list begins with, if one is meant; else nothing."""
    person, language = said.dialogue.speaker, spoken()
    mine = _MINE if language is None else language.words.mine
    meant = person and not set(mine).isdisjoint(said.text.split())
    return f"{person.name}{_MARK}" if person and meant else ""


def plain(name: str) -> str:
    """The name of a list without its owner."""
    return name.rpartition(_MARK)[2]


def owner_of(name: str) -> str:
    """Of a list; nothing for everybody's."""
    return name.rpartition(_MARK)[0]


def visible(names: Iterable[str], said: Said) -> list[str]:
    """Everybody's lists, and the speaker's own."""
    person = said.dialogue.speaker
    own = f"{person.name}{_MARK}" if person else _MARK
    return [name for name in names if _MARK not in name or name.startswith(own)]


def told(group: SentenceGroup) -> SentenceGroup:
    """With replies that name the owner as English does: `Anna's shopping list`."""

    def answer(said: Said) -> list[ReplyItem] | None:
        reply = group.answer(said)
        person = said.dialogue.speaker
        if reply is None or person is None or spoken() is not None:
            return reply
        stored = rf"(?:\b(?:[Yy]our|the) )?\b{re.escape(person.name)}{_MARK}"
        owned = f"{person.name}'s "
        return [
            replace(item, text=re.sub(stored, owned, item.text))
            if isinstance(item, Say | Ask)
            else item
            for item in reply
        ]

    return replace(group, answer=answer)
