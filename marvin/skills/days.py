"""Parses days in words, such as `next friday`, `in three days` or `christmas`."""

import calendar
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

from marvin.languages.translation import spoken, tr
from marvin.skills import holidays
from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import Names, Numbers, Said, Words

NEAR = {
    "today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1,
    "the day after tomorrow": 2, "day after tomorrow": 2,
    "the day before yesterday": -2, "day before yesterday": -2,
}  # fmt: skip
WEEKDAYS = tuple(name.lower() for name in calendar.day_name)
MONTHS = tuple(name.lower() for name in calendar.month_name)[1:]
_ONES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEENS = (
    "eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_TWENTIES = ("twentieth", *(f"twenty {one}" for one in _ONES))
ORDINALS = (*_ONES, "tenth", *_TEENS.split(), *_TWENTIES, "thirtieth", "thirty first")
_STEP_DAYS = {"day": 1, "week": 7, "fortnight": 14}
_STEP_MONTHS = {"month": 1, "year": 12}
_LEAP_YEARS_APART = 8
_RELATIVE_YEARS = {"this year": 0, "next year": 1, "last year": -1}
_FURTHEST = 10_000_000
"""Maximum days, weeks, months or years: beyond, the calendar may not exist."""

LISTS: dict[str, Words] = {
    "near": Names(("today", "tomorrow", "yesterday"), tuple(NEAR)[1:]),
    "holiday": Names(("christmas", "easter", "new year"), holidays.NAMES),
    "lunar_holiday": holidays.LUNAR,
    "weekday": WEEKDAYS,
    "weekday_s": tuple(f"{weekday}'s" for weekday in WEEKDAYS),
    "weekend": ("the weekend", "weekend", "this weekend"),
    "turn": ("next", "last", "this", "this coming", "coming"),
    "month": MONTHS,
    "day_of_month": Numbers(range(1, 32), 31),
    "ordinal": ORDINALS,
    "year": Numbers(range(2000, 2100), 9999),
    "rel_year": tuple(_RELATIVE_YEARS),
    "century": Numbers(range(19, 21), 21),
    "of_century": Numbers(range(10, 100), 99),
    "count": Numbers(range(2, 31), _FURTHEST),
    "step": tuple(f"{s}{end}" for s in (*_STEP_DAYS, *_STEP_MONTHS) for end in ("", "s", "'s")),
    "ago": ("ago", "earlier"),
}
_DAY_OF_MONTH = "({day_of_month}[ (st|nd|rd|th)]|{ordinal})"
RULES = {
    "some_days": "({count}|a|an) {step}[ time]",
    "day": (
        "({near}|{weekend}|in <some_days>|<some_days> from (now|today)|<some_days> {ago}"
        "|[on ][the ][{turn} ]{weekday}|[{turn} ]{holiday}[ [(in|of) ]<a_year>]"
        "|[on ]<calendar_day>)"
    ),
    "calendar_day": (
        f"([the ]{_DAY_OF_MONTH} [of ]{{month}}|{{month}} [the ]{_DAY_OF_MONTH})"
        "[ [(in|of) ]<a_year>]"
    ),
    # Also in two parts: 19 84.
    "a_year": "({year}|{rel_year}|{century} {of_century})",
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
    if said.get("weekend"):
        return _on_weekday(today, WEEKDAYS.index("saturday"), None)
    weekday = _weekday(said)
    if weekday is not None:
        turn = said.get("turn")
        turn = "last" if past and turn != "next" else turn
        return _on_weekday(today, WEEKDAYS.index(weekday), turn)
    year = year_of(said, today)
    holiday = said.get("holiday")
    if holiday is not None:
        past = past or said.get("turn") == "last"
        return _near(today, year, past, lambda year: holidays.holiday(holiday, year))
    month = month_of(said)
    if month is not None:
        ordinal = said.get("ordinal")
        number = ORDINALS.index(ordinal) + 1 if ordinal else said.number("day_of_month") or 1
        return _near(today, year, past, lambda year: date(year, month, number))
    return today + timedelta(days=NEAR[_near_day(said)])


def next_of_month(number: int, today: date) -> date | None:
    """The next day with this number, `the 24th`; None if there is none."""
    ahead = (today + timedelta(days=count) for count in range(3 * 31))
    return next((day for day in ahead if day.day == number), None)


def _weekday(said: Said) -> str | None:
    return said.get("weekday") or (said.get("weekday_s") or "").removesuffix("'s") or None


def year_of(said: Said, today: date) -> int | None:
    """The year in a match's slots, if any."""
    relative = said.get("rel_year")
    if relative is not None:
        return today.year + _RELATIVE_YEARS[relative]
    century, year = said.number("century"), said.number("of_century")
    return said.number("year") if century is None else 100 * century + (year or 0)


def month_of(said: Said) -> int | None:
    """1 for January."""
    month = said.get("month")
    return None if month is None else MONTHS.index(month) + 1


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


def no_such_day() -> str:
    return tr("My calendar has no such day.")


def name(said: Said) -> str | None:
    """The user's name for the day: `next Friday`, `in 3 days`, `3 days ago`. In other languages
    only names that do not change in a sentence: `heute`, `Weihnachten`."""
    if said.get("month"):
        return None
    if (language := spoken()) is not None:
        for slot in ("near", "holiday", "weekend"):
            if meaning := said.get(slot):
                return language.named(slot, meaning)
        unnamed = said.get("step") or _weekday(said)
        return None if unnamed else language.named("near", "today")
    if (steps := _steps(said)) is not None:
        length = numbers.counted(*steps)
        return f"{length} ago" if said.get("ago") else f"in {length}"
    weekday = _weekday(said)
    if weekday is not None:
        return f"{said.get('turn') or ''} {weekday.title()}".strip()
    if said.get("weekend"):
        return "the weekend"
    holiday = said.get("holiday")
    if holiday is not None:
        return f"{said.get('turn') or ''} {holidays.title(holiday)}".strip()
    return _near_day(said)


def _near_day(said: Said) -> str:
    whose = said.get("whose") or "today"
    return said.get("near") or whose.removesuffix("'s")


def length(one: date, other: date, unit: str = "day") -> str:
    """The time between two days: in days, weeks and days, or months and days."""
    one, other = min(one, other), max(one, other)
    apart = (other - one).days
    whole, rest = 0, apart
    if unit == "week":
        whole, rest = divmod(apart, 7)
    elif unit == "month":
        whole = 12 * (other.year - one.year) + other.month - one.month - (other.day < one.day)
        rest = (other - _moved(one, whole, "month")).days
    parts = [(whole, unit), (rest, "day")] if whole else [(apart, "day")]
    return numbers.listed(
        [numbers.counted(*part) for part in parts if part[0]] or [numbers.counted(0, "day")]
    )
