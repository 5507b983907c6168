"""What Marvin calls lists, and how it says what is on them."""

from collections.abc import Sequence

from marvin.languages.translation import spoken, tr
from marvin.skills import spoken_numbers as numbers
from marvin.skills.lists import owned_lists as owned
from marvin.skills.text import to_the_user


def title(name: str) -> str:
    """`shopping list`"""
    language, plain, person = spoken(), owned.plain(name), owned.owner_of(name)
    if language is None:
        return tr("{name} list", name=name)
    if plain in language.meanings("list_name"):
        text = language.named("list_name", plain)
    else:
        text = tr("{name} list", name=plain)
    return tr("{list} of {person}", list=text, person=person) if person else text


def spoken_items(items: Sequence[str]) -> str:
    return numbers.listed([to_the_user(item) for item in items])


def which_list(names: Sequence[str]) -> str:
    labels = [title(name) if spoken() else name for name in names]
    return tr("Which list: {lists}?", lists=numbers.listed(labels, "or"))


def with_count(name: str, count: int) -> str:
    return tr("{list} with {count}", list=title(name) if spoken() else name, count=count)


def all_full(count: int) -> str:
    return tr("Your lists have {count} entries, and that is all I can keep.", count=count)


def already_on(items: Sequence[str], name: str) -> str:
    what, where = spoken_items(items), title(name)
    if _several(items):
        return tr("{items} are on your {list} already.", items=what, list=where)
    return tr("{items} is on your {list} already.", items=what, list=where)


def not_on(items: Sequence[str], name: str) -> str:
    what, where = spoken_items(items) if items else "", title(name)
    if not items:
        return tr("That is not on your {list}.", list=where)
    if _several(items):
        return tr("{items} are not on your {list}.", items=what, list=where)
    return tr("{items} is not on your {list}.", items=what, list=where)


def whether_on(items: Sequence[str], missing: Sequence[str], name: str) -> str:
    what, where = spoken_items(missing or items), title(name)
    if missing and _several(missing):
        return tr("No, {items} are not on your {list}.", items=what, list=where)
    if missing:
        return tr("No, {items} is not on your {list}.", items=what, list=where)
    if _several(items):
        return tr("Yes, {items} are on your {list}.", items=what, list=where)
    return tr("Yes, {items} is on your {list}.", items=what, list=where)


def how_many(entries: Sequence[str], name: str) -> str:
    return tr(
        "There are {count} on your {list}: {items}.",
        count=len(entries),
        list=title(name),
        items=spoken_items(entries),
    )


def _several(items: Sequence[str]) -> bool:
    return len(items) > 1 or (items[0].endswith("s") and not items[0].endswith("ss"))
