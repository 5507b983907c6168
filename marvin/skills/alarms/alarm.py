"""An alarm or reminder, how it is named, and reading alarms from the store."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from marvin.skills import days
from marvin.skills import spoken_numbers as numbers
from marvin.skills.alarms.wall_clock import WallClock
from marvin.skills.alarms.when import DAILY, WEEKDAYS, WEEKENDS
from marvin.skills.store.database import Row
from marvin.skills.text import reminder

MAX_ALARMS = 100
ClockStyle = Literal["12h", "24h"]
_YEARS = range(1970, 2500)
"""Boards without a battery start in 1970."""
_NAMED_WEEKDAYS = {DAILY: "every day", WEEKDAYS: "on weekdays", WEEKENDS: "on weekends"}


@dataclass(frozen=True, slots=True)
class Alarm:
    """A time on the wall clock, wherever and in whichever time zone that hangs."""

    id: int
    kind: Literal["alarm", "reminder"]
    due: datetime
    """The next ring in local time, without a time zone."""
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = ()
    """On which it repeats, Monday first; it does not if empty."""
    instant: datetime | None = None
    """UTC: it rings then instead, because it was snoozed or set by a length of time."""
    purpose: Annotated[str, Field(max_length=500)] | None = None
    """`to call your mother`"""

    def rings(self, clock: WallClock) -> datetime:
        """UTC."""
        return self.instant or clock.instant(self.due)

    def row(self) -> Row:
        return asdict(self) | {
            "due": self.due.isoformat(),
            "weekdays": ",".join(map(str, self.weekdays)),
            "instant": None if self.instant is None else self.instant.isoformat(),
        }


_STORED = TypeAdapter(Alarm)


def read_alarm(row: Row, id_: int) -> Alarm:
    """An alarm of the store.

    Raises:
        ValueError, OverflowError, TypeError: The row is invalid.
    """
    weekdays = [int(one) for one in str(row["weekdays"] or "").split(",") if one]
    alarm = _STORED.validate_python(dict(row) | {"id": id_, "weekdays": weekdays})
    due, instant = alarm.due, alarm.instant
    if due.tzinfo is not None or (instant is not None and instant.tzinfo is None):
        raise ValueError("local and absolute times are mixed up")
    if any(one is not None and one.year not in _YEARS for one in (due, instant)):
        raise ValueError("it is too far away")
    return replace(alarm, weekdays=tuple(sorted(set(alarm.weekdays))))


def spoken_time(at: datetime, style: ClockStyle) -> str:
    """`7 AM`, `7:30 PM`, `noon`."""
    if style == "24h":
        return f"{at:%H:%M}"
    if at.minute == 0 and at.hour in (0, 12):
        return "noon" if at.hour else "midnight"
    minute = f":{at:%M}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minute} {at:%p}"


def spoken_day(day: date, today: date) -> str:
    """`tomorrow`, `on Friday`, `on 3 December`."""
    ahead = (day - today).days
    if ahead in (-1, 0, 1):
        return ("yesterday", "today", "tomorrow")[ahead + 1]
    if 1 < ahead < 7:
        return f"on {day:%A}"
    return f"on {day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")


def repetition(weekdays: tuple[int, ...]) -> str:
    """`on weekdays`, `every Monday and Thursday`."""
    names = [days.WEEKDAYS[one].capitalize() for one in weekdays]
    return _NAMED_WEEKDAYS.get(weekdays) or f"every {numbers.listed(names)}"


def label(alarm: Alarm, clock: WallClock, style: ClockStyle) -> str:
    """`7 AM tomorrow`, `7 AM on weekdays`."""
    at = alarm.due if alarm.instant is None else clock.local(alarm.instant)
    day = spoken_day(at.date(), clock.local_now().date())
    if not alarm.weekdays:
        return f"{spoken_time(at, style)} {day}"
    snoozed = "" if alarm.instant is None else f", and {spoken_time(at, style)} {day}"
    return f"{spoken_time(alarm.due, style)} {repetition(alarm.weekdays)}{snoozed}"


def announcement(alarms: Sequence[Alarm], style: ClockStyle) -> str:
    """One text that names all of them."""
    return " ".join(dict.fromkeys(_announced(alarm, style) for alarm in alarms))


def _announced(alarm: Alarm, style: ClockStyle) -> str:
    if alarm.purpose:
        return reminder(alarm.purpose)
    what = "alarm" if alarm.kind == "alarm" else "reminder"
    return f"This is your {what} for {spoken_time(alarm.due, style)}."


def missed(alarms: Sequence[Alarm], clock: WallClock, style: ClockStyle) -> str:
    """What is said of alarms whose time passed while Marvin was off, or was jumped over."""
    today = clock.local_now().date()
    texts = []
    for alarm in alarms:
        at = clock.local(alarm.rings(clock))
        when = f"{spoken_time(at, style)} {spoken_day(at.date(), today)}"
        purpose = f" {alarm.purpose}" if alarm.purpose else ""
        texts.append(f"Your {alarm.kind} for {when}{purpose} could not ring.")
    return " ".join(texts)


def next_repetition(alarm: Alarm, clock: WallClock, after: datetime) -> datetime:
    """The first local time of a repeating alarm that is later than an instant."""
    day = clock.local(after).date() - timedelta(days=1)
    while True:
        due = datetime.combine(day, alarm.due.time())
        if day.weekday() in alarm.weekdays and clock.instant(due) > after:
            return due
        day += timedelta(days=1)
