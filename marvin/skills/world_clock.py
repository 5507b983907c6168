"""The world clock skill: the time elsewhere, and time differences."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marvin.languages.translation import spoken, tr
from marvin.skills import durations, place_names, times_of_day
from marvin.skills import spoken_numbers as numbers
from marvin.skills.calendar_words import full_date, weekday_name
from marvin.skills.sentence_patterns import Names, Said, SentenceGroup, Skill, Words
from marvin.skills.text import capital
from marvin.skills.times_of_day import ClockStyle, clock_time, spoken_time
from marvin.types import ReplyItem, Say

_WHICH = "which place"

_LISTS: dict[str, Words] = times_of_day.LISTS | {
    "place": Names(place_names.SPOKEN, (*place_names.ZONES, *place_names.CHOICES)),
}
_RULES = times_of_day.RULES | {
    "where": "[the ]{place}",
    "at_present": "[ (now|right now|currently|at the moment)]",
}
_SPOKEN_RULES = times_of_day.SPOKEN_RULES | {"where": "{place}"}

_TIME = ("what time is it in <where>", "<what_is> the time in <where>")
_TIME_WRITTEN = (
    "[(tell me|do you know) ]what time (is it|it is)<at_present> (in|at|over in) <where>"
    "<at_present>",
    "[(<what_is>|tell me|give me) ][the ][(current|local|exact) ]time<at_present> (in|at) <where>"
    "<at_present>",
    "(what is|what's) <where> time<at_present>",
    "[(what is|what's) ][the ][(current|local) ]time <where>",
    "what hour is it<at_present> in <where>",
    "is it [(already|still) ](morning|night|day|daytime|late|early|evening|dark|light) in <where>"
    "<at_present>",
    "what is the time<at_present> over in <where>",
)
_DATE_WRITTEN = (
    "what (day|date)[ of the week] is it<at_present> in <where>",
    "[<what_is> ][the ](date|day)<at_present> in <where>",
)
_DIFFERENCE_WRITTEN = (
    "[<what_is> ][the ]time difference (between|from) <where> (and|to) <where>",
    "[<what_is> ][the ]time difference[ between here] (to|with|in|and|for) <where>",
    "how (many hours|far) (ahead|behind)[ of] [(us|me|here|<where>) ]is <where>",
    "how many hours (ahead|behind)[ of] <where> (are we|am i|is it here)",
    "how many hours is <where> (ahead|behind)[[ of] (us|me|here|<where>)]",
    "how many hours is <where> (ahead|behind)",
    "is <where> (ahead|behind)[[ of] (us|me|here|<where>)]",
    "(what|which) time zone is <where>[ in]",
    "<what_is> the time zone (of|in|for) <where>",
)
_CONVERTED_WRITTEN = (
    "(when|if) it is <clock_time> in [the ]{place:given} what time is it in <where>",
    "(when|if) it is <clock_time>[ here] what time is it in <where>",
    "what time is it in <where> (when|if) it is <clock_time>[ (here|in [the ]{place:given})]",
    "what time is <clock_time> in [the ]{place:given} in <where>",
    "what time is <clock_time> [here ]in <where>",
    "what is <clock_time> [[in ]{place:given} [time ]]in <where>[ time]",
    "convert <clock_time> [[in ]{place:given} [time ]](to|into) <where>[ time]",
)
_UNKNOWN_WRITTEN = (
    "what time is it<at_present> in {any_where}",
    "<what_is> the [(current|local) ]time in {any_where}",
    "<what_is> the time difference (to|with) {any_where}",
)


def world_clock_skill(clock: Callable[[], datetime], style: ClockStyle) -> Skill:
    """`clock` returns the local time, with its time zone."""
    tell = partial(_time, clock, style)
    phrases = (
        SentenceGroup(_TIME, tell, written=_TIME_WRITTEN, key="time"),
        SentenceGroup(("<where>",), tell, _WHICH, written=("in <where>",), key="which place"),
        SentenceGroup((), partial(_date, clock), written=_DATE_WRITTEN, key="date"),
        SentenceGroup(
            (), partial(_difference, clock), written=_DIFFERENCE_WRITTEN, key="difference"
        ),
        SentenceGroup((), partial(_converted, clock, style), written=_CONVERTED_WRITTEN),
        SentenceGroup((), _unknown, written=_UNKNOWN_WRITTEN, tentative=True),
    )
    example = "what time is it in tokyo"
    return Skill("world_clock", phrases, (example,), _LISTS, _RULES, _SPOKEN_RULES)


def _zone(place: str) -> ZoneInfo:
    return ZoneInfo(place_names.ZONES[place])


def _several(said: Said) -> str | None:
    """The place with several time zones, if one was named."""
    places = (str(value) for name, value in said.slots if name in ("place", "given"))
    return next((place for place in places if place in place_names.CHOICES), None)


def _no_zones() -> str:
    return tr("I have no table of time zones: install the package tzdata.")


def _name(place: str) -> str:
    language = spoken()
    if language is None or place not in language.meanings("place"):
        return place_names.title(place)
    return language.named("place", place)


def _cities(place: str) -> str:
    return numbers.listed([_name(city) for city in place_names.cities(place)], "or")


def _which(said: Said, place: str) -> list[ReplyItem]:
    text = tr(
        "{place} has several time zones. {cities}?",
        place=capital(_name(place)),
        cities=_cities(place),
    )
    return said.dialogue.ask(_WHICH, text)


def _name_a_city(place: str) -> list[ReplyItem]:
    text = tr(
        "{place} has several time zones: name a city, such as {cities}.",
        place=capital(_name(place)),
        cities=_cities(place),
    )
    return [Say(text)]


def _time(clock: Callable[[], datetime], style: ClockStyle, said: Said) -> list[ReplyItem]:
    if several := _several(said):
        return _which(said, several)
    place = said.get("place") or ""
    try:
        there = clock().astimezone(_zone(place))
    except ZoneInfoNotFoundError:
        return [Say(_no_zones())]
    at, name = spoken_time(there, style), _name(place)
    if there.date() == clock().date():
        return [Say(tr("It is {time} in {place}.", time=at, place=name))]
    day = weekday_name(there)
    return [Say(tr("It is {time} on {day} in {place}.", time=at, day=day, place=name))]


def _date(clock: Callable[[], datetime], said: Said) -> list[ReplyItem]:
    if several := _several(said):
        return _name_a_city(several)
    place = said.get("place") or ""
    try:
        there = clock().astimezone(_zone(place))
    except ZoneInfoNotFoundError:
        return [Say(_no_zones())]
    return [Say(tr("It is {date} in {place}.", date=full_date(there), place=_name(place)))]


def _difference(clock: Callable[[], datetime], said: Said) -> list[ReplyItem]:
    if several := _several(said):
        return _name_a_city(several)
    places = [str(value) for name, value in said.slots if name == "place"]
    now = clock()
    try:
        offsets = [now.astimezone(_zone(place)).utcoffset() for place in places]
    except ZoneInfoNotFoundError:
        return [Say(_no_zones())]
    names = [_name(place) for place in places]
    if len(places) == 1:
        offsets.append(now.utcoffset())
        names.append(tr("here"))
    ahead_s = ((offsets[0] or timedelta()) - (offsets[1] or timedelta())).total_seconds()
    first, second = capital(names[0]), names[1]
    length = durations.spoken_duration(abs(ahead_s))
    if ahead_s == 0:
        text = tr("{first} has the same time as {second}.", first=first, second=second)
    elif ahead_s > 0:
        text = tr(
            "{first} is {length} ahead of {second}.", first=first, length=length, second=second
        )
    else:
        text = tr("{first} is {length} behind {second}.", first=first, length=length, second=second)
    return [Say(text)]


def _converted(
    clock: Callable[[], datetime], style: ClockStyle, said: Said
) -> list[ReplyItem] | None:
    if several := _several(said):
        return _name_a_city(several)
    at = clock_time(said.slots)
    if at is None:
        return None
    minute = at.likely()
    given, place = said.get("given"), said.get("place") or ""
    try:
        here = clock().astimezone(_zone(given)) if given else clock()
        start = here.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
        there = start.astimezone(UTC).astimezone(_zone(place))
    except ZoneInfoNotFoundError:
        return [Say(_no_zones())]
    days = (there.date() - start.date()).days
    day = {0: "", 1: " the next day", -1: " the day before"}[days]
    where = f"in {place_names.title(given)}" if given else "here"
    then = f"it is {spoken_time(there, style)}{day} in {place_names.title(place)}"
    return [Say(f"When it is {spoken_time(start, style)} {where}, {then}.")]


def _unknown(said: Said) -> list[ReplyItem]:
    place = place_names.title(said.get("any_where") or "")
    return [Say(f"I do not know the time zone of {place}: name a large city or a country.")]
