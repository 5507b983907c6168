"""Selects the alarms that a sentence refers to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from marvin.languages.translation import spoken
from marvin.skills.alarms.alarm import Alarm
from marvin.skills.alarms.alarm_phrases import LISTS
from marvin.skills.alarms.ring_time import hours_meant
from marvin.skills.alarms.when import When, read
from marvin.skills.sentence_patterns import Said
from marvin.skills.text import canonical, to_the_user
from marvin.types import ReplyItem

AlarmAction = Callable[[Sequence[Alarm]], list[ReplyItem]]
_ORDER = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1, "next": 0}


@dataclass(frozen=True, slots=True)
class AlarmChoice:
    """Alarms that the user must choose from, and the action on the chosen ones."""

    alarms: Sequence[Alarm]
    action: AlarmAction

    def chosen(self, text: str, now: datetime) -> list[Alarm]:
        if text in LISTS["alarm_choice"]:  # type: ignore[operator]
            return list(self.alarms)
        for article in ("the ", "my "):
            text = text.removeprefix(article)
        for noun in ("alarm", "1", "reminder"):
            text = text.removesuffix(f" {noun}")
        return narrowed(self.alarms, which_in(text, now.date())) if text else []


@dataclass(frozen=True, slots=True)
class Which:
    """What was said to choose alarms."""

    text: str = ""
    """All of it, or what is not a time."""
    when: When | None = None

    def __bool__(self) -> bool:
        return bool(self.text or self.when)


def which_in(text: str, today: date) -> Which:
    """From a canonical English text: a time, a day, what for, or their order."""
    text = text.removeprefix("from ")  # "from 11 to 10"
    when = (read(text, today) or read(f"on {text}s", today)) if text else None
    return Which(text, None if when and when.wait_s is not None else when)


def narrowed(alarms: Sequence[Alarm], which: Which) -> list[Alarm]:
    """The ones that fit."""
    if not which:
        return list(alarms)
    if which.text in _ORDER:
        at = _ORDER[which.text]
        return [alarms[at]] if at < len(alarms) else []
    when = which.when
    if when is None:
        return _about(alarms, which.text)
    found = list(alarms)
    if when.hour is not None:
        hours = {hour % 24 for hour in hours_meant(when)}
        found = [a for a in found if a.due.hour in hours and a.due.minute == when.minute]
    elif when.part:
        found = [a for a in found if (a.due.hour < 12) == (when.part == "am")]
    if when.day is not None:
        found = [a for a in found if _rings_on(a, when.day)]
    if when.weekdays:
        found = [a for a in found if a.weekdays == when.weekdays]
    return found


def one_day_of(alarm: Alarm, which: Which) -> bool:
    """Whether one day of an alarm is meant that repeats on others, too."""
    when = which.when
    if when is None or when.day is None or not alarm.weekdays:
        return False
    return not when.weekly or len(alarm.weekdays) > 1


def _rings_on(alarm: Alarm, day: date) -> bool:
    return day.weekday() in alarm.weekdays if alarm.weekdays else alarm.due.date() == day


def _about(alarms: Sequence[Alarm], text: str) -> list[Alarm]:
    """By a word of their purpose."""
    said = to_the_user(text)
    for opening in ("to ", "about ", "for ", "that says "):
        said = said.removeprefix(opening)
    purposes = [(alarm, canonical(alarm.purpose or "")) for alarm in alarms]
    if language := spoken():  # "the pills" of "your pills".
        words = set(said.split()) - language.words.function_words
        return [alarm for alarm, purpose in purposes if words and words <= set(purpose.split())]
    return [alarm for alarm, purpose in purposes if f" {said} " in f" {purpose} "]


def _noun(said: Said) -> str:
    """`alarm`, `alarms`, `reminder` or `reminders`; or a text with that word."""
    return said.get("alarm_noun") or said.text


def kind_said(said: Said) -> Literal["alarm", "reminder"]:
    return "reminder" if "reminder" in _noun(said) else "alarm"


def several_said(said: Said) -> bool:
    """Whether alarms, or reminders, are meant, not one of them."""
    return f"{kind_said(said)}s" in _noun(said)
