"""Selects the timers that a sentence refers to, and names them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from marvin.skills import durations
from marvin.skills.sentence_patterns import Said
from marvin.skills.text import to_the_user
from marvin.skills.timers.timer import Timer

_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_NEWEST = ("last", "newest", "latest", "most recent")
_NAMES = ("timer_name", "any_name", "bare_name", "any_bare")

NAMING = (*_NAMES, "order", "all", "every", "plural", "it", "reminder", "why", "free_purpose")
"""Slots that identify a timer, besides its duration."""


def name(said: Said) -> str | None:
    return next(filter(None, map(said.get, _NAMES)), None)


def chosen(
    said: Said, timers: Sequence[Timer], now: datetime, *, as_read: bool = False
) -> tuple[list[Timer], str]:
    """The timers that match, and their name in the sentence: `pasta timer`.

    `as_read`: the user has just heard `timers` in this order.
    """
    found, what = list(timers), ""
    noun = "reminder" if said.get("reminder") else "timer"
    if noun == "reminder":
        found = [timer for timer in found if timer.purpose]
    length_s = durations.seconds(said.slots)
    if length_s is not None and said.get("left_of"):
        found = [timer for timer in found if round(timer.left_s(now)) == round(length_s)]
        noun += f" with {durations.spoken_duration(length_s)} left"
    elif length_s is not None:
        found = [timer for timer in found if timer.duration_s == length_s]
        what = durations.label(length_s)
    called = name(said)
    if called is not None:
        found = _called(called, found)
        what = f"{what} {called}".strip()
    purpose = said.get("free_purpose")
    if purpose is not None:
        noun += f" {said.get('why')} {to_the_user(purpose)}"
        found = [timer for timer in found if (timer.purpose or "").endswith(to_the_user(purpose))]
    order = said.get("order")
    if order is not None:
        found, what = _in_order(found, order, as_read=as_read), order
    return found, f"{what} {noun}".strip()


def _called(called: str, timers: Sequence[Timer]) -> list[Timer]:
    """By name, otherwise by a word of its purpose."""
    same = [timer for timer in timers if (timer.name or "").casefold() == called.casefold()]
    one = called.casefold().removesuffix("s")
    same = same or [t for t in timers if (t.name or "").casefold().removesuffix("s") == one]
    if same:
        return same
    return [timer for timer in timers if f" {called} " in f" {timer.purpose} "]


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


def told_apart(timers: Sequence[Timer], now: datetime | None = None) -> list[str]:
    """Distinct names where possible, otherwise with the time left at `now`."""
    labels = [_label(timer, timers) for timer in timers]
    if len(set(labels)) < len(labels) and now is not None:
        labels = [
            f"the one with {durations.spoken_duration(timer.left_s(now))} left" for timer in timers
        ]
    if len(set(labels)) < len(labels) <= len(_ORDINALS):
        labels = [f"the {_ORDINALS[at]}" for at in range(len(timers))]
    return labels


def _label(timer: Timer, timers: Sequence[Timer]) -> str:
    if timer.purpose and not timer.name:
        return f"the reminder {timer.purpose}"
    length = durations.label(timer.duration_s)
    if timer.name is None:
        return f"the {length} one"
    names = Counter(one.name for one in timers)
    return timer.name if names[timer.name] == 1 else f"the {length} {timer.name}"


def subject(timers: Sequence[Timer]) -> str:
    """`Pasta timer`, `Both timers`"""
    if len(timers) > 1:
        return "Both timers" if len(timers) == 2 else f"All {len(timers)} timers"
    words = title(timers[0])
    return f"{words[0].upper()}{words[1:]}"


def title(timer: Timer) -> str:
    """`pasta timer`, `reminder to call your mother`"""
    if timer.purpose and not timer.name:
        return f"reminder {timer.purpose}"
    return f"{timer.label} timer"
