"""Time, date and day."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from marvin.skills.patterns import Names, Phrase, Said, Skill, Words
from marvin.types import Reply

_DAYS = {
    "today": 0,
    "tomorrow": 1,
    "yesterday": -1,
    "the day after tomorrow": 2,
    "the day before yesterday": -2,
}


_TIME = ("what time is it[ now]", "<what_is> the time", "tell me the time")
_TIME_WRITTEN = (
    "what time is it[ (now|right now)]",
    "<what_is> the [current ]time[ (now|right now)]",
    "(tell|give) me the [current ]time",
    "do you (know|have) (what time it is|the time)",
    "tell me what time it is",
    "what time it is",
    "the time",
    "have you got the time",
)
_DATE = ("<what_is> the date[ {when}]", "<what_is> {whose} date", "what date is it")
_DATE_WRITTEN = (
    "<what_is> the date[ {when}]",
    "<what_is> the date (of|for) {when}",
    "<what_is> {whose} date",
    "what date (is it|is|was|will it be)[ {when}]",
    "(tell|give) me (the|today's) date",
    # Whoever asks for today wants the date with it.
    "<what_is> (today|tomorrow)",
    "<what_is> the day {when}",
)
_DAY = (
    "what day is it[ today]",
    "what day (is|was) {when}",
    "what day of the week is it",
)
_DAY_WRITTEN = (
    "(what|which) day is it[ {when}]",
    "(what|which) day (is|was|will be) {when}",
    "(what|which) day (will it be|was it|is it going to be) {when}",
    "(what|which) day of the week (is it|is|was)[ {when}]",
    "<what_is> (the|today's) day",
    "what weekday is it",
)
_YEAR = ("what year is it",)
_YEAR_WRITTEN = ("what is the year", "which year is it")
_MONTH = ("what month is it",)
_MONTH_WRITTEN = ("what is the month", "which month is it")
_USUAL = tuple(_DAYS)[:3]
_LISTS: dict[str, Words] = {
    "when": Names(_USUAL, tuple(_DAYS)[3:]),
    "whose": Names(("today's", "tomorrow's"), tuple(f"{day}'s" for day in tuple(_DAYS)[2:])),
}


def clock_skills(clock: Callable[[], datetime], style: Literal["12h", "24h"]) -> tuple[Skill, ...]:
    """The skills `time`, `date` and `day`."""

    def time(said: Said) -> Reply:
        return Reply(f"It is {_time(clock(), style)}.")

    def date(said: Said) -> Reply:
        when, moment = _moment(said, clock())
        return Reply(f"{when} {moment:%A}, {moment.day} {moment:%B %Y}.")

    def day(said: Said) -> Reply:
        when, moment = _moment(said, clock())
        return Reply(f"{when} {moment:%A}.")

    def year(said: Said) -> Reply:
        return Reply(f"It is {clock():%Y}.")

    def month(said: Said) -> Reply:
        return Reply(f"It is {clock():%B}.")

    dates = (
        Phrase(_DATE, date, written=_DATE_WRITTEN),
        Phrase(_YEAR, year, written=_YEAR_WRITTEN),
        Phrase(_MONTH, month, written=_MONTH_WRITTEN),
    )
    return (
        Skill("time", (Phrase(_TIME, time, written=_TIME_WRITTEN),), ("what time is it",)),
        Skill("date", dates, ("what is the date",), _LISTS),
        Skill("day", (Phrase(_DAY, day, written=_DAY_WRITTEN),), ("what day is tomorrow",), _LISTS),
    )


def _time(moment: datetime, style: Literal["12h", "24h"]) -> str:
    if style == "24h":
        return f"{moment:%H:%M}"
    return f"{moment.hour % 12 or 12}:{moment:%M %p}"


def _moment(said: Said, now: datetime) -> tuple[str, datetime]:
    name = said.get("when") or (said.get("whose") or "today").removesuffix("'s")
    offset = _DAYS[name]
    verb = "was" if offset < 0 else "is"
    return f"{name.capitalize()} {verb}", now + timedelta(days=offset)
