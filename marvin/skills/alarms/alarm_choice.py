"""Selects the alarms that a sentence refers to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from marvin.skills.alarms.alarm import Alarm
from marvin.skills.alarms.alarm_phrases import LISTS
from marvin.skills.alarms.ring_time import hours_meant
from marvin.skills.alarms.when import read
from marvin.skills.text import to_the_user
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
        return narrowed(self.alarms, text, now) if text else []


def narrowed(alarms: Sequence[Alarm], text: str, now: datetime) -> list[Alarm]:
    """The ones that fit a canonical text: a time, a day, what for, or their order."""
    text = text.removeprefix("from ")  # "from 11 to 10"
    if not text:
        return list(alarms)
    if text in _ORDER:
        at = _ORDER[text]
        return [alarms[at]] if at < len(alarms) else []
    when = read(text, now.date()) or read(f"on {text}s", now.date())
    if when is None or when.wait_s is not None:
        return _about(alarms, text)
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


def one_day_of(alarm: Alarm, text: str, now: datetime) -> bool:
    """Whether the text means one day of an alarm that repeats on others, too."""
    when = read(text, now.date())
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
    return [alarm for alarm in alarms if f" {said} " in f" {alarm.purpose} "]
