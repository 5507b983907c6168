"""The list skill: shopping lists, to-do lists and any other."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from marvin.languages.translation import spoken, tr
from marvin.skills import spoken_numbers as numbers
from marvin.skills.lists import owned_lists as owned
from marvin.skills.lists.items_elsewhere import items_in, no_list, own_name
from marvin.skills.lists.list_set import MAX_ENTRIES, Lists
from marvin.skills.lists.list_wording import (
    all_full,
    already_on,
    how_many,
    not_on,
    spoken_items,
    title,
    whether_on,
    which_list,
    with_count,
)
from marvin.skills.sentence_patterns import Names, Said, SentenceGroup, Skill
from marvin.skills.text import as_heard, canonical, capital
from marvin.types import ReplyItem, Say

_WHICH = "which list"
_USUAL = "shopping"
_SAME = {"todo": "to do", "groceries": "grocery", "shop": "shopping", "tasks": "task"}
_UNDIVIDED = ("to do", "task", "errand")
"""Their entries are whole sentences: `call mom and dad`."""
_NOTHING = ("that", "this", "it", "them", "something", "anything", "things", "a thing", "stuff")

_LISTS = {
    "list_name": Names(
        ("shopping",), ("to do", "todo", "grocery", "groceries", "task", "packing", "errand")
    )
}
_RULES = {
    "the_list": "(the|my|our) [({list_name}|{any_list}) ]list",
    "list_items": "{free_items}",
    "off_it": "(from|off|off of)",
}
_ADD_WRITTEN = (
    "(add|put|write|note|note down) <list_items> (to|on|onto|in|into) <the_list>",
    "(add|put) <list_items> (to|on) (the|my|our) {list_name}",
    "(add|put) to <the_list> <list_items>",
)
_REMOVE_WRITTEN = (
    "(remove|take|delete|cross|strike|tick|check|scratch)[ off] <list_items> <off_it> <the_list>",
)
_TAKE_OFF_WRITTEN = (
    "(take|cross|strike|tick|check|scratch) <list_items> off",
    "(take|cross|strike|tick|check|scratch) off <list_items>",
)
_READ = ("what is on (the|my) {list_name} list",)
_READ_WRITTEN = (
    "(what is|what do i have|what do we have|is there anything|do i have anything) on <the_list>",
    "(read|show|tell|read out|list|check)[ me][ what is on] <the_list>",
    "what does <the_list> say",
)
_COUNT_WRITTEN = ("how many (things|items|entries) are on <the_list>",)
_IS_ON_WRITTEN = ("(is|are|is there|are there|do i have|do we have) <list_items> on <the_list>",)
_CLEAR = ("clear (the|my) {list_name} list",)
_CLEAR_WRITTEN = (
    "(clear|empty|delete|erase|wipe|remove|start over) <the_list>",
    "(remove|take|delete) (everything|all|all items) <off_it> <the_list>",
)
_NAMES_WRITTEN = (
    "(what|which|how many) lists (do i have|are there|have i got)",
    "read my lists",
    "<what_is> on my lists",
)
_WHICH_WRITTEN = ("[(the|my|to the|on the) ]({list_name}|{any_list})[ list]",)
_SPOKEN_LIST = re.compile(
    r"\b(?:add|put|write|note(?: down)?|remove|take|delete|cross|strike|tick|check|scratch)\s+"
    r"(?:off\s+)?(?P<items>.+?)\s+(?:to|on|onto|into|in|from|off)\s+(?:of\s+)?(?:the|my|our)\b",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*,\s*(?:and\b\s*)?|\s+and\s+", re.IGNORECASE)
_UNCLEAR = re.compile(
    r"\b(?:to|on|onto|into|from|off) (?:the|my|our) (?:\w+ ){0,3}list\b|\bi mean\b"
)
"""Two lists in one sentence, or a correction."""

_Act = Callable[[Said, str], list[ReplyItem] | None]


@dataclass(frozen=True, slots=True)
class _Pending:
    """What to do once the list is known."""

    said: Said
    act: _Act


class ListSkill:
    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    def skill(self) -> Skill:
        def on_no_list(said: Said) -> bool:
            return not self._holding(said)

        phrases = (
            SentenceGroup((), self._which, _WHICH, _WHICH_WRITTEN, key="which"),
            SentenceGroup((), self._on(self._add), written=_ADD_WRITTEN, unless=no_list, key="add"),
            SentenceGroup(
                _CLEAR, self._on(self._clear), written=_CLEAR_WRITTEN, unless=no_list, key="clear"
            ),
            SentenceGroup(
                (), self._on(self._remove), written=_REMOVE_WRITTEN, unless=no_list, key="remove"
            ),
            SentenceGroup(
                (), self._take_off, written=_TAKE_OFF_WRITTEN, unless=on_no_list, key="take_off"
            ),
            SentenceGroup(
                _READ, self._on(self._read), written=_READ_WRITTEN, unless=no_list, key="read"
            ),
            SentenceGroup(
                (), self._on(self._count), written=_COUNT_WRITTEN, unless=no_list, key="count"
            ),
            SentenceGroup(
                (), self._on(self._is_on), written=_IS_ON_WRITTEN, unless=no_list, key="is_on"
            ),
            SentenceGroup((), self._names, written=_NAMES_WRITTEN, key="names"),
        )
        examples = ("add milk and eggs to the shopping list", "what is on my shopping list")
        return Skill("lists", tuple(map(owned.told, phrases)), examples, _LISTS, _RULES)

    def _on(self, act: _Act) -> Callable[[Said], list[ReplyItem] | None]:
        """Act on the named list, or the only one; otherwise ask which."""

        def answer(said: Said) -> list[ReplyItem] | None:
            own = owned.owner(said)
            names = [one for one in self._names_for(said) if one.startswith(own)]
            name = self._named(said, own)
            if name is None and len(names) > 1:
                return said.dialogue.ask(_WHICH, which_list(names), _Pending(said, act))
            return act(said, name or (names[0] if names else own + _USUAL))

        return answer

    def _named(self, said: Said, own: str) -> str | None:
        name, other = said.get("list_name"), said.get("any_list")
        if name is None and other is None:
            return None
        name = own + _SAME.get(name or other or "", name or own_name(said))
        known = {one.casefold(): one for one in self._lists.names()}
        return known.get(name.casefold(), name)

    def _which(self, said: Said) -> list[ReplyItem] | None:
        pending = said.about
        assert isinstance(pending, _Pending)
        name = self._named(said, owned.owner(pending.said)) or ""
        return pending.act(pending.said, name) if name in self._lists.names() else None

    def _names_for(self, said: Said) -> list[str]:
        return owned.visible(self._lists.names(), said)

    def _done(self, text: str) -> list[ReplyItem]:
        return [Say(f"{capital(text)}{self._lists.store.unsaved('lists')}")]

    def _add(self, said: Said, name: str) -> list[ReplyItem]:
        items = _items(said, name)
        if not items:
            return [Say(tr('Say what it is: "add milk to the {list}".', list=title(name)))]
        if not self._lists.has_room(len(items)):
            return [Say(all_full(MAX_ENTRIES))]
        new = [item for item in items if self._lists.found(name, item) is None]
        if not new:
            return [Say(capital(already_on(items, name)))]
        self._lists.add(name, new)
        text = tr("Added {items} to your {list}.", items=spoken_items(new), list=title(name))
        return self._done(text)

    def _remove(self, said: Said, name: str) -> list[ReplyItem]:
        items = _items(said, name)
        found = [one for item in items if (one := self._lists.found(name, item)) is not None]
        if not found:
            return [Say(capital(not_on(items, name)))]
        self._lists.remove(name, found)
        text = tr("Took {items} off your {list}.", items=spoken_items(found), list=title(name))
        return self._done(text)

    def _holding(self, said: Said) -> list[str]:
        """The lists that have what should be taken off."""
        items = _items(said, "")
        return [
            name
            for name in self._lists.names()
            if items and all(self._lists.found(name, item) is not None for item in items)
        ]

    def _take_off(self, said: Said) -> list[ReplyItem] | None:
        # Who speaks was not known when it was matched.
        names = owned.visible(self._holding(said), said)
        if not names:
            return None
        if len(names) == 1:
            return self._remove(said, names[0])
        return said.dialogue.ask(_WHICH, which_list(names), _Pending(said, self._remove))

    def _read(self, said: Said, name: str) -> list[ReplyItem]:
        entries = self._lists.entries(name)
        if not entries:
            return [Say(tr("Your {list} is empty.", list=title(name)))]
        return [Say(tr("On your {list}: {items}.", list=title(name), items=spoken_items(entries)))]

    def _count(self, said: Said, name: str) -> list[ReplyItem]:
        entries = self._lists.entries(name)
        if not entries:
            return self._read(said, name)
        return [Say(how_many(entries, name))]

    def _is_on(self, said: Said, name: str) -> list[ReplyItem] | None:
        items = _items(said, name)
        if not items:
            return None
        missing = [item for item in items if self._lists.found(name, item) is None]
        return [Say(whether_on(items, missing, name))]

    def _clear(self, said: Said, name: str) -> list[ReplyItem]:
        count = len(self._lists.entries(name))
        if not count:
            return [Say(tr("Your {list} is empty already.", list=title(name)))]
        self._lists.clear(name)
        entries = numbers.counted(count, "entry")
        text = tr("I cleared your {list}, which had {entries}.", list=title(name), entries=entries)
        return self._done(text)

    def _names(self, said: Said) -> list[ReplyItem]:
        names = self._names_for(said)
        if not names:
            return [Say(tr("You have no lists."))]
        counts = [with_count(name, len(self._lists.entries(name))) for name in names]
        count, each = numbers.counted(len(names), "list"), numbers.listed(counts)
        return [Say(tr("You have {count}: {lists}.", count=count, lists=each))]


def _items(said: Said, name: str) -> list[str]:
    """What is to be added, removed or looked for; nothing if that is not clear."""
    text, whole = said.get("free_items") or "", owned.plain(name) in _UNDIVIDED
    language = spoken()
    if language is not None:
        return items_in(language, as_heard(text, said.heard), whole=whole)
    if _UNCLEAR.search(text):
        return []
    parts = [text] if whole else _AND.split(text)
    # Only the text as it was heard has commas.
    found = _SPOKEN_LIST.search(said.heard)
    if found and "," in found["items"]:
        heard = [canonical(part) for part in _AND.split(found["items"])]
        if set(" ".join(heard).split()) <= set(text.split()):
            parts = heard
    cleaned = (re.sub(r"^(?:some|the|my|also|any) (?=.)", "", part.strip()) for part in parts)
    return [part for part in dict.fromkeys(cleaned) if part and part not in _NOTHING]
