"""An alarm or reminder, how it is named, and reading alarms from the store."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from marvin.languages.translation import spoken, tr
from marvin.skills import calendar_words as words
from marvin.skills import spoken_numbers as numbers
from marvin.skills.alarms.wall_clock import WallClock
from marvin.skills.alarms.when import DAILY, WEEKDAYS, WEEKENDS
from marvin.skills.store.database import Row
from marvin.skills.text import reminder

MAX_ALARMS = 100
ClockStyle = Literal["12h", "24h"]
_YEARS = range(1970, 2500)
"""Boards without a battery start in 1970."""
_A_MONDAY = date(2024, 1, 1)


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
    if spoken() is not None:
        return words.time_elsewhere(at)
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
        return words.near_day(("yesterday", "today", "tomorrow")[ahead + 1])
    if 1 < ahead < 7:
        return tr("on {day}", day=words.weekday_name(day))
    this_year = day.year == today.year
    return tr("on {date}", date=(words.day_and_month if this_year else words.spoken_date)(day))


def repetition(weekdays: tuple[int, ...]) -> str:
    """`on weekdays`, `every Monday and Thursday`."""
    if weekdays == DAILY:
        return tr("every day")
    if weekdays == WEEKDAYS:
        return tr("on weekdays")
    if weekdays == WEEKENDS:
        return tr("on weekends")
    names = [words.weekday_name(_A_MONDAY + timedelta(days=one)) for one in weekdays]
    return tr("every {days}", days=numbers.listed(names))


def label(alarm: Alarm, clock: WallClock, style: ClockStyle) -> str:
    """`7 AM tomorrow`, `7 AM on weekdays`."""
    at = alarm.due if alarm.instant is None else clock.local(alarm.instant)
    day = spoken_day(at.date(), clock.local_now().date())
    once = _time_on(at, day, style)
    if not alarm.weekdays:
        return once
    repeated = _time_on(alarm.due, repetition(alarm.weekdays), style)
    return repeated if alarm.instant is None else f"{repeated}, {tr('and')} {once}"


def _time_on(at: datetime, day: str, style: ClockStyle) -> str:
    return words.time_on(at, day) if spoken() else f"{spoken_time(at, style)} {day}"


def with_purpose(time: str, alarm: Alarm) -> str:
    """`7 AM tomorrow to call your mother`."""
    return f"{time} {alarm.purpose}" if alarm.purpose else time


def announcement(alarms: Sequence[Alarm], style: ClockStyle) -> str:
    """One text that names all of them."""
    return " ".join(dict.fromkeys(_announced(alarm, style) for alarm in alarms))


def _announced(alarm: Alarm, style: ClockStyle) -> str:
    if alarm.purpose:
        return reminder(alarm.purpose)
    time = spoken_time(alarm.due, style)
    if alarm.kind == "alarm":
        return tr("This is your alarm for {time}.", time=time)
    return tr("This is your reminder for {time}.", time=time)


def missed(alarms: Sequence[Alarm], clock: WallClock, style: ClockStyle) -> str:
    """What is said of alarms whose time passed while Marvin was off, or was jumped over."""
    today = clock.local_now().date()
    texts = []
    for alarm in alarms:
        at = clock.local(alarm.rings(clock))
        when = with_purpose(_time_on(at, spoken_day(at.date(), today), style), alarm)
        if alarm.kind == "alarm":
            texts.append(tr("Your alarm for {time} could not ring.", time=when))
        else:
            texts.append(tr("Your reminder for {time} could not ring.", time=when))
    return " ".join(texts)


def next_repetition(alarm: Alarm, clock: WallClock, after: datetime) -> datetime:
    """The first local time of a repeating alarm that is later than an instant."""
    day = clock.local(after).date() - timedelta(days=1)
    while True:
        due = datetime.combine(day, alarm.due.time())
        if day.weekday() in alarm.weekdays and clock.instant(due) > after:
            return due
        day += timedelta(days=1)
