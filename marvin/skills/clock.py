"""The time, date and day skills."""

import calendar
from collections.abc import Callable
from datetime import date, datetime, time
from functools import partial

from marvin.languages.translation import spoken, tr
from marvin.skills import calendar_questions, days, holidays, times_of_day
from marvin.skills import spoken_numbers as numbers
from marvin.skills.calendar_words import full_date, month_name, spoken_date, weekday_name
from marvin.skills.sentence_patterns import Names, Said, SentenceGroup, Skill, Words
from marvin.skills.system_zone import passing_s
from marvin.skills.text import capital
from marvin.skills.times_of_day import ClockStyle, spoken_time, time_groups
from marvin.types import ReplyItem, Say

_TIME = ("what time is it[ now]", "<what_is> the time", "tell me the time")
_TIME_WRITTEN = (
    "(what time is it|<what_is> the [current ]time)[ (now|right now)]",
    "what hour is it",
    "[(tell me|do you (know|have)) ]what time it is",
    "[(tell me|give me|do you know|do you have|have you got) ][the ][current ]time",
)
_IT_IS = "(is it|it is|will it be|was it|is|was|will be|it will be|is it going to be)"
_WEEKDAY = "(day|weekday)[ of the week]"
_DATE = ("<what_is> the date[ {near}]", "<what_is> {whose} date", "what date is it")
_DATE_WRITTEN = (
    "[<what_is> |what was |what will be ][the ][current |exact ]date[ (of|for|on|is)][ <day>]",
    "[<what_is> |what was ]({whose}|[{turn} ]{weekday_s}) date",
    "what (will|is) the date (be |going to be )<day>",
    f"what date {_IT_IS}[ <day>]",
    "(tell|give) me (the|today's|{whose}) [current ]date[ [(of|for|on) ]<day>]",
    "(tell me|do you know) what date (it is|<day> is)",
    "(when|what date) (is|was|will) <day>[ be]",
)
_WHAT_IS_DAY = ("<what_is> {next_day:near}",)
_WHAT_IS_DAY_WRITTEN = ("(<what_is>|what was|what will|what is it) <day>[ (be|going to be)]",)
_DAY = (
    "what day is it[ today]",
    "what day (is|was) <day>",
    "what day of the week is it",
    "what day is it in <some_days>",
)
_DAY_WRITTEN = (
    f"(what|which) {_WEEKDAY} {_IT_IS}[ <day>]",
    f"(what|which) {_WEEKDAY} (is|will|was) <day>[ (be|fall on|going to be)]",
    f"[<what_is> |what was ][the ](current |present ){_WEEKDAY}[ <day>]",
    f"(tell me|give me|<what_is>) (the|{{whose}}) [current ]{_WEEKDAY}[ <day>]",
    "(tell me|do you know) what day (it is|<day> is)",
    f"[on ](what|which) ({_WEEKDAY}|date) (does|will|did) <day> (fall|be|land|come)[ on]"
    "[ [(in|of) ]<a_year>]",
    "in <some_days> what day (is it|will it be)",
)
_IS_IT = ("(is it|is|was|will it be|was it) [<day> ][a ]{weekday:is_weekday}[ <day>]",)
_UNTIL = ("how many days until <day>",)
_UNTIL_WRITTEN = (
    "[how many [more ]]{unit_of_time}[ (are there|are left|are there left|is it|left|do we have"
    "|to go)] (until|till|til|before|to) <day>",
    "how (long|far|many sleeps)[ is it] (until|till|til|to|away is) <day>",
    "how many {unit_of_time} away is <day>",
    # An event with its date: "my exam on the third of June".
    "how (long|many {unit_of_time})[ (are there|are left|left|is it)] (until|till|til|to|before) "
    "(my|our|the) {any_event} [on ](<calendar_day>|{weekday})",
)
_SINCE_WRITTEN = (
    "[how many ]{unit_of_time}[ (is it|has it been|have passed|since)] since <day>",
    "how (long|many {unit_of_time}) ago was <day>",
    "how long (is it|has it been|since)[ since] <day>",
)
_LEAP_WRITTEN = (
    "(is|was|will) (it|this|this year|{next_year}|[the year ]{year}) [be ]a leap year",
)
_LUNAR_WRITTEN = (
    "(when|what day|what date) (is|was|are|does|will) {lunar_holiday}[ (be|start|begin|end)]"
    "[ [(in|of) ]<a_year>]",
    "how (many days|many weeks|long)[ is it] until {lunar_holiday}",
)


_USUAL = ("today", "tomorrow", "yesterday")
_LISTS: dict[str, Words] = (
    days.LISTS
    | calendar_questions.LISTS
    | {
        "whose": Names(
            ("today's", "tomorrow's"),
            tuple(f"{day}'s" for day in days.NEAR if day not in _USUAL[:2]),
        ),
        "unit_of_time": ("days", "day", "weeks", "week", "months", "month", "hours", "hour"),
        "next_day": ("tomorrow",),
        "next_year": ("next year",),
    }
)


def clock_skills(clock: Callable[[], datetime], style: ClockStyle) -> tuple[Skill, ...]:
    """The skills `time`, `date` and `day`."""
    return _Clock(clock, style).skills()


class _Clock:
    def __init__(self, clock: Callable[[], datetime], style: ClockStyle) -> None:
        self._clock = clock
        self._style = style

    def skills(self) -> tuple[Skill, ...]:
        dates = (
            SentenceGroup(_UNTIL, self._until, written=_UNTIL_WRITTEN, key="until"),
            SentenceGroup((), partial(self._until, past=True), written=_SINCE_WRITTEN, key="since"),
            SentenceGroup(_DATE, self._date, written=_DATE_WRITTEN, key="date"),
            # In English this is one of the sentences before it.
            SentenceGroup((), partial(self._date, past=True), key="past date"),
            # A question about a day also wants its date.
            SentenceGroup(_WHAT_IS_DAY, self._date, written=_WHAT_IS_DAY_WRITTEN),
            SentenceGroup((), self._leap, written=_LEAP_WRITTEN, key="leap"),
            SentenceGroup((), _lunar, written=_LUNAR_WRITTEN),
            *calendar_questions.calendar_groups(lambda: self._today),
            _which("year", lambda: tr("It is {year}.", year=self._today.year)),
            _which("month", lambda: tr("It is {month}.", month=month_name(self._today))),
        )
        weekdays = (
            SentenceGroup(_DAY, self._day, written=_DAY_WRITTEN, key="day"),
            SentenceGroup((), self._is_it, written=_IS_IT, key="is it"),
        )
        times = (
            SentenceGroup(_TIME, self._time, written=_TIME_WRITTEN, key="time"),
            *time_groups(self._clock, self._style),
        )
        said_of_days = (_LISTS, days.RULES, days.SPOKEN_RULES)
        return (
            Skill(
                "time",
                times,
                ("what time is it",),
                times_of_day.LISTS,
                times_of_day.RULES,
                times_of_day.SPOKEN_RULES,
            ),
            Skill("date", dates, ("how many days until christmas",), *said_of_days),
            Skill("day", weekdays, ("what day is tomorrow",), *said_of_days),
        )

    @property
    def _today(self) -> date:
        return self._clock().date()

    def _time(self, said: Said) -> list[ReplyItem]:
        now = self._clock()
        time = spoken_time(now, self._style)
        if spoken() and now.hour == 1:  # "Es la 1:20", but "son las 2:20".
            return [Say(tr("It's {time}.", time=time))]
        return [Say(tr("It is {time}.", time=time))]

    def _date(self, said: Said, *, past: bool = False) -> list[ReplyItem]:
        found = days.day(said, self._today, past=past or " was " in said.text)
        if found is None:
            return [Say(days.no_such_day())]
        named = days.name(said) and (said.get("weekday") or said.get("weekday_s"))
        return [Say(_is(said, found, self._today, (spoken_date if named else full_date)(found)))]

    def _day(self, said: Said) -> list[ReplyItem]:
        found = days.day(said, self._today, past=" was " in said.text)
        if found is None or any(map(said.get, ("month", "holiday", "weekday"))):
            return self._date(said)
        return [Say(_is(said, found, self._today, weekday_name(found)))]

    def _is_it(self, said: Said) -> list[ReplyItem]:
        found = days.day(said, self._today)
        if found is None:
            return [Say(days.no_such_day())]
        sure = days.WEEKDAYS[found.weekday()] == said.get("is_weekday")
        day, weekday = days.name(said) or spoken_date(found), weekday_name(found)
        if found < self._today:
            yes = tr("Yes, {day} was {weekday}.", day=day, weekday=weekday)
            no = tr("No, {day} was {weekday}.", day=day, weekday=weekday)
        else:
            yes = tr("Yes, {day} is {weekday}.", day=day, weekday=weekday)
            no = tr("No, {day} is {weekday}.", day=day, weekday=weekday)
        return [Say(yes if sure else no)]

    def _until(self, said: Said, *, past: bool = False) -> list[ReplyItem]:
        found = days.day(said, self._today, past=past)
        return [Say(_away(said, found, self._clock()) if found else days.no_such_day())]

    def _leap(self, said: Said) -> list[ReplyItem]:
        year = said.number("year")
        if year is None:
            year = self._today.year + (1 if said.get("next_year") else 0)
        if calendar.isleap(year):
            return [Say(tr("{year} is a leap year.", year=year))]
        return [Say(tr("{year} is not a leap year.", year=year))]


def _which(what: str, answer: Callable[[], str]) -> SentenceGroup:
    return SentenceGroup(
        (f"what {what} is it",),
        lambda said: [Say(answer())],
        written=(f"what is the [current ]{what}", f"(what|which) {what} is it[ now]"),
        key=what,
    )


def _lunar(said: Said) -> list[ReplyItem]:
    name = holidays.title(said.get("lunar_holiday") or "")
    return [Say(f"I do not know when {name} is: my calendar has no lunar holidays.")]


def _is(said: Said, day: date, today: date, what: str) -> str:
    """`Tomorrow is Friday`, `In 3 days it is Friday`."""
    past, name = day < today, capital(days.name(said) or "")
    if not name:
        text = tr("That was {date}.", date=what) if past else tr("That is {date}.", date=what)
    elif said.get("step"):
        text = f"{name} it {'was' if past else 'is'} {what}."
    elif past:
        text = tr("{day} was {date}.", day=name, date=what)
    else:
        text = tr("{day} is {date}.", day=name, date=what)
    return text


def _away(said: Said, day: date, now: datetime) -> str:
    """How far away a day is."""
    ahead = (day - now.date()).days
    name = None if said.get("step") else days.name(said)
    date_ = spoken_date(day)
    unit = (said.get("unit_of_time") or "").removesuffix("s")
    if unit == "hour" and ahead > 0:
        midnight = datetime.combine(day, time(), now.tzinfo)
        count = numbers.counted(int(passing_s(now, midnight)) // 3600, "hour")
    else:
        count = days.length(now.date(), day, unit)
    if name is None:
        if ahead < 0:
            return tr("{date} was {count} ago.", date=date_, count=count)
        today = tr("{date} is today.", date=date_)
        return tr("It is {count} until {date}.", count=count, date=date_) if ahead else today
    if ahead < 0:
        return tr("{day} was {count} ago.", day=capital(name), count=count)
    today = tr("{day} is today.", day=capital(name))
    return tr("It is {count} until {day}.", count=count, day=name) if ahead else today
