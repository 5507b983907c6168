"""Parses days in words, such as `next friday`, `in three days` or `christmas`."""

import calendar
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import Names, Numbers, Said, Words

NEAR = {
    "today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1,
    "the day after tomorrow": 2, "day after tomorrow": 2,
    "the day before yesterday": -2, "day before yesterday": -2,
}  # fmt: skip
_HOLIDAYS = {
    name: (month, day)
    for month, day, names in (
        (12, 25, "christmas,christmas day,xmas"),
        (12, 24, "christmas eve"),
        (12, 26, "boxing day"),
        (1, 1, "new year,the new year,new year's,new year's day,new years,new years day"),
        (12, 31, "new year's eve,new years eve,the end of the year"),
        (10, 31, "halloween"),
        (2, 14, "valentine's day,valentines day"),
        (3, 17, "saint patrick's day,st patrick's day"),
        (4, 1, "april fools day"),
    )
    for name in names.split(",")
}
_FROM_EASTER = {"easter": 0, "easter sunday": 0, "good friday": -2, "easter monday": 1}
WEEKDAYS = tuple(name.lower() for name in calendar.day_name)
_MONTHS = tuple(name.lower() for name in calendar.month_name)[1:]
_ONES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEENS = (
    "eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_TWENTIES = ("twentieth", *(f"twenty {one}" for one in _ONES))
_ORDINALS = (*_ONES, "tenth", *_TEENS.split(), *_TWENTIES, "thirtieth", "thirty first")
_STEP_DAYS = {"day": 1, "week": 7, "fortnight": 14}
_STEP_MONTHS = {"month": 1, "year": 12}
_LEAP_YEARS_APART = 8
_FURTHEST = 10_000_000
"""Maximum days, weeks, months or years: beyond, the calendar may not exist."""

LISTS: dict[str, Words] = {
    "near": Names(("today", "tomorrow", "yesterday"), tuple(NEAR)[1:]),
    "holiday": Names(("christmas", "easter", "new year"), (*_HOLIDAYS, *_FROM_EASTER)),
    "weekday": WEEKDAYS,
    "turn": ("next", "last", "this", "this coming", "coming"),
    "month": _MONTHS,
    "day_of_month": Numbers(range(1, 32), 31),
    "ordinal": _ORDINALS,
    "year": Numbers(range(2000, 2100), 9999),
    "count": Numbers(range(2, 31), _FURTHEST),
    "step": tuple(f"{s}{end}" for s in (*_STEP_DAYS, *_STEP_MONTHS) for end in ("", "s", "'s")),
    "ago": ("ago", "earlier"),
}
_DAY_OF_MONTH = "({day_of_month}[ (st|nd|rd|th)]|{ordinal})"
RULES = {
    "some_days": "({count}|a|an) {step}[ time]",
    "day": (
        "({near}|in <some_days>|<some_days> from (now|today)|<some_days> {ago}"
        "|[on ][the ][{turn} ]{weekday}|{holiday}[ {year}]|[on ]<calendar_day>)"
    ),
    "calendar_day": (
        f"([the ]{_DAY_OF_MONTH} [of ]{{month}}|{{month}} [the ]{_DAY_OF_MONTH})[ {{year}}]"
    ),
}
SPOKEN_RULES = {"day": "({near}|{holiday}|[next ]{weekday})", "some_days": "{count} days"}


def day(said: Said, today: date, *, past: bool = False) -> date | None:
    """The requested date, if any; with `past` the most recent one of its kind."""
    try:
        return _day(said, today, past)
    except (ValueError, OverflowError):
        return None


def _day(said: Said, today: date, past: bool) -> date:
    if (steps := _steps(said)) is not None:
        count, step = steps
        return _moved(today, -count if said.get("ago") else count, step)
    weekday = said.get("weekday")
    if weekday is not None:
        turn = said.get("turn")
        turn = "last" if past and turn != "next" else turn
        return _on_weekday(today, WEEKDAYS.index(weekday), turn)
    year = said.number("year")
    holiday = said.get("holiday")
    if holiday is not None:
        return _near(today, year, past, lambda year: _holiday(holiday, year))
    month = said.get("month")
    if month is not None:
        ordinal = said.get("ordinal")
        number = _ORDINALS.index(ordinal) + 1 if ordinal else said.number("day_of_month") or 1
        at = _MONTHS.index(month) + 1
        return _near(today, year, past, lambda year: date(year, at, number))
    return today + timedelta(days=NEAR[_near_day(said)])


def _steps(said: Said) -> tuple[int, str] | None:
    """The number of days, weeks, months or years."""
    step, count = said.get("step"), said.number("count")
    if step is None:
        return None
    return 1 if count is None else count, step.removesuffix("'s").removesuffix("s")


def _moved(today: date, count: int, step: str) -> date:
    if step in _STEP_DAYS:
        return today + timedelta(days=count * _STEP_DAYS[step])
    months = today.month - 1 + count * _STEP_MONTHS[step]
    year, month = today.year + months // 12, months % 12 + 1
    # A month after 31 January is the last day of February.
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


def _on_weekday(today: date, weekday: int, turn: str | None) -> date:
    """`Friday` is the coming one, `next Friday` the one of next week."""
    ahead = (weekday - today.weekday()) % 7
    if turn == "last":
        return today - timedelta(days=7 - ahead)
    if turn == "next" and today.weekday() + ahead < 7:
        ahead += 7
    return today + timedelta(days=ahead)


def _near(today: date, year: int | None, past: bool, of: Callable[[int], date]) -> date:
    """The one in that year; otherwise the next from today on, or with `past` the last."""
    if year is not None:
        return of(year)
    sign = -1 if past else 1
    for away in range(_LEAP_YEARS_APART + 1):
        with suppress(ValueError):  # Not every year has a 29 February.
            found = of(today.year + sign * away)
            if sign * (found - today).days >= 0:
                return found
    raise ValueError


def _holiday(name: str, year: int) -> date:
    if name in _FROM_EASTER:
        return _easter(year) + timedelta(days=_FROM_EASTER[name])
    return date(year, *_HOLIDAYS[name])


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the rule of Meeus."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (8 * century + 13) // 25 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, before = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, before + 1)


def name(said: Said) -> str:
    """The user's name for the day: `next Friday`, `in 3 days`, `3 days ago`."""
    if (steps := _steps(said)) is not None:
        length = numbers.counted(*steps)
        return f"{length} ago" if said.get("ago") else f"in {length}"
    weekday = said.get("weekday")
    if weekday is not None:
        return f"{said.get('turn') or ''} {weekday.title()}".strip()
    holiday = said.get("holiday")
    if holiday is not None:
        return holiday if holiday.startswith("the ") else holiday.title().replace("'S", "'s")
    return _near_day(said)


def _near_day(said: Said) -> str:
    whose = said.get("whose") or "today"
    return said.get("near") or whose.removesuffix("'s")
