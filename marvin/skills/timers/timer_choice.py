"""Selects the timers that a sentence refers to."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from marvin.skills import durations
from marvin.skills.sentence_patterns import Said, Slots
from marvin.skills.text import as_heard, to_the_user
from marvin.skills.timers.timer import Timer

_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_NEWEST = ("last", "newest", "latest", "most recent")
_NAMES = ("timer_name", "any_name", "bare_name", "any_bare")

NAMING = (*_NAMES, "order", "all", "every", "plural", "it", "reminder", "why", "free_purpose")
"""Slots that identify a timer, besides its duration."""


def name(said: Said) -> str | None:
    named = next(filter(None, map(said.get, _NAMES)), None)
    return None if named is None else as_heard(named, said.heard)


def purpose(said: Said) -> str | None:
    """`to call your mother`"""
    what = said.get("free_purpose")
    if what is None:
        return None
    text = f"{said.get('why') or ''} {as_heard(what, said.heard)}"
    return to_the_user(text.replace("' ", "'").strip())


def split(said: Said) -> tuple[Said, Said]:
    """The duration of the change, and the words that identify the timer."""

    def part(slots: Slots) -> Said:
        return replace(said, slots=slots)

    for at, (slot, _) in enumerate(said.slots):
        if slot == "then_timer":
            return part(said.slots[:at]), part(said.slots[at:])
        if slot == "then_length":
            return part(said.slots[at:]), part(said.slots[:at])
    return said, part(tuple(slot for slot in said.slots if slot[0] in NAMING))


def chosen(
    said: Said, timers: Sequence[Timer], now: datetime, *, as_read: bool = False
) -> list[Timer]:
    """The timers that match. `as_read`: the user has just heard `timers` in this order."""
    found = list(timers)
    if said.get("reminder"):
        found = [timer for timer in found if timer.purpose]
    length_s = durations.seconds(said.slots)
    if length_s is not None and said.get("left_of"):
        found = [timer for timer in found if round(timer.left_s(now)) == round(length_s)]
    elif length_s is not None:
        found = [timer for timer in found if timer.duration_s == length_s]
    called = name(said)
    if called is not None:
        found = _called(called, found)
    if said.get("free_purpose"):
        what = to_the_user(as_heard(said.get("free_purpose") or "", said.heard)).casefold()
        found = [timer for timer in found if (timer.purpose or "").casefold().endswith(what)]
    order = said.get("order")
    return found if order is None else _in_order(found, order, as_read=as_read)


def _called(called: str, timers: Sequence[Timer]) -> list[Timer]:
    """By name, otherwise by a word of its purpose."""
    same = [timer for timer in timers if (timer.name or "").casefold() == called.casefold()]
    one = called.casefold().removesuffix("s")
    same = same or [t for t in timers if (t.name or "").casefold().removesuffix("s") == one]
    if same:
        return same
    return [
        timer for timer in timers if f" {called} ".casefold() in f" {timer.purpose} ".casefold()
    ]


def _in_order(timers: Sequence[Timer], order: str, *, as_read: bool) -> list[Timer]:
    """`first` counts from the oldest, or in the order just heard; `next` is the first to ring."""
    if order in ("shortest", "shorter", "longest", "longer"):
        by_length = sorted(timers, key=lambda timer: timer.duration_s)
        return by_length[:1] if order.startswith("short") else by_length[-1:]
    if order == "next":
        return list(timers[:1])
    by_age = list(timers) if as_read else sorted(timers, key=lambda timer: timer.id)
    if order in _NEWEST:
        return by_age[-1:]
    if order == "previous":
        return by_age[-2:-1]
    at = 0 if order == "oldest" else _ORDINALS.index(order)
    return by_age[at : at + 1]
