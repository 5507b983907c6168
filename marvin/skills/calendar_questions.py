"""Questions about the calendar: week numbers, lengths of months, days between dates, ages."""

import calendar
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from marvin.languages.translation import tr
from marvin.skills import days
from marvin.skills import spoken_numbers as numbers
from marvin.skills.calendar_words import month_name, spoken_date
from marvin.skills.sentence_patterns import Answer, Said, SentenceGroup, Words
from marvin.skills.text import capital
from marvin.skills.times_of_day import split
from marvin.types import ReplyItem, Say

LISTS: dict[str, Words] = {
    "day_to_day": ("and", "to", "until", "till", "through"),
    "period": ("year", "month", "week"),
    "leap_year": ("leap year",),
    "this_or_next": ("this month", "next month", "this year", "next year"),
}
_COUNT = "how many {unit_of_time}[ (are|is|are there|is it|are in|have passed)]"
_BORN = "born (in|on|in the year) (<a_year>|<calendar_day>)"
_WRITTEN = {
    "week": (
        "(what|which) [calendar ]week[ number] (is it|is this|are we in)[ now]",
        "(what|which) week of the year (is it|is this|are we in)",
        "<what_is> the [current ][calendar ]week[ number]",
        "<what_is> the (number of the week|week of the year)",
        "what number week is it",
    ),
    "day of year": (
        "(what|which) day of the year (is it|is today|is this)",
        "<what_is> the day of the year",
    ),
    "days in": (
        "how many days[ (are|are there)] in [the month of ]{month}[ [(in|of) ]<a_year>]",
        "how many days does {month} have[ [(in|of) ]<a_year>]",
        "how many days[ (are|are there)] in {this_or_next}",
        "how many days does {this_or_next} have",
        "how many days (are |are there |does )[in ](a|the) {leap_year}[ have]",
        "how many days in a {leap_year}",
    ),
    "left": (
        "how many days[ (are|are there|do we have)] (left|remaining) [(in|of) ](the|this) {period}",
        "how many days remain [(in|of) ](the|this) {period}",
        "how much of the {period} is left",
    ),
    "next leap year": ("(when|what|which year) is the next leap year",),
    "between": (
        f"{_COUNT} (between|from) <day> {{day_to_day}} <day>",
        "how long is it from <day> {day_to_day} <day>",
        "how long[ is it] between <day> {day_to_day} <day>",
    ),
    "age": (
        f"how old (am i|is someone|is somebody|is a person|would i be|will i be)"
        f"[ (if|when)][ (i was|i am|they were|you are|you were|who was)] {_BORN}",
        f"[if ]i was {_BORN}[ then] (how old am i|what is my age)",
        f"<what_is> my age if i was {_BORN}",
    ),
}
_ENGLISH_ONLY = ("left", "age")


def calendar_groups(today: Callable[[], date]) -> Iterator[SentenceGroup]:
    answers: dict[str, Callable[[Said, date], str]] = {
        "week": lambda said, today: tr("It is week {week}.", week=today.isocalendar().week),
        "day of year": lambda said, today: _day_of_year(today),
        "days in": _days_in,
        "left": _left,
        "next leap year": _next_leap_year,
        "between": _between,
        "age": _age,
    }
    for name, compute in answers.items():
        key = "" if name in _ENGLISH_ONLY else name
        yield SentenceGroup((), _says(compute, today), written=_WRITTEN[name], key=key)


def _says(compute: Callable[[Said, date], str], today: Callable[[], date]) -> Answer:
    def answer(said: Said) -> list[ReplyItem]:
        try:
            return [Say(capital(compute(said, today())))]
        except (ValueError, OverflowError):
            return [Say(days.no_such_day())]

    return answer


def _day_of_year(today: date) -> str:
    return tr("It is day {day} of {year}.", day=today.timetuple().tm_yday, year=today.year)


def _days_in(said: Said, today: date) -> str:
    if said.get("leap_year"):
        return tr("A leap year has 366 days.")
    which = said.get("this_or_next")
    year, month = days.year_of(said, today), days.month_of(said)
    if which is not None and which.endswith("year"):
        year = today.year + which.startswith("next")
        return tr("{year} has {count} days.", year=year, count=365 + calendar.isleap(year))
    if which is not None:
        after = today.replace(day=1) + timedelta(days=31 if which.startswith("next") else 0)
        year, month = after.year, after.month
    month = month or today.month
    name = month_name(date(2000, month, 1))
    if year is None and month == 2:
        return tr("{month} has 28 days, and 29 in a leap year.", month=name)
    count = calendar.monthrange(year or today.year, month)[1]
    if year:
        return tr("{month} {year} has {count} days.", month=name, year=year, count=count)
    return tr("{month} has {count} days.", month=name, count=count)


def _left(said: Said, today: date) -> str:
    period = said.get("period")
    if period == "week":
        left = 6 - today.weekday()
    elif period == "month":
        left = calendar.monthrange(today.year, today.month)[1] - today.day
    else:
        left = (date(today.year, 12, 31) - today).days
    is_ = "is" if left == 1 else "are"
    return f"There {is_} {numbers.counted(left, 'day')} left in this {period}, after today."


def _next_leap_year(said: Said, today: date) -> str:
    year = next(y for y in range(today.year + 1, today.year + 9) if calendar.isleap(y))
    return tr("The next leap year is {year}.", year=year)


def _between(said: Said, today: date) -> str:
    first, second = (replace(said, slots=part) for part in split(said.slots, "day_to_day"))
    end = days.day(second, today)
    start = days.day(first, today)
    if start and end and start > end:  # The last October before December.
        start = days.day(first, today, past=True)
    if start is None or end is None:
        return days.no_such_day()
    unit = (said.get("unit_of_time") or "").removesuffix("s")
    dates = sorted((start, end))
    length = days.length(start, end, unit)
    start_, end_ = map(spoken_date, dates)
    return tr("From {start} to {end} it is {length}.", start=start_, end=end_, length=length)


def _age(said: Said, today: date) -> str:
    born = days.day(said, today, past=True) if said.get("month") else None
    year = born.year if born else days.year_of(said, today)
    if year is None:
        return days.no_such_day()
    age = today.year - year
    if age < 0 or (born and born > today):
        return "That is in the future."
    if born:
        return f"That makes {age - ((today.month, today.day) < (born.month, born.day))} years."
    return f"That makes {age - 1} or {age} years." if age else "That makes less than a year."
