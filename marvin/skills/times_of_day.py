"""Times of day in words, and questions about them: `how long until half past five`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from marvin.languages.translation import spoken, tr
from marvin.skills import durations
from marvin.skills import spoken_numbers as numbers
from marvin.skills.calendar_words import spoken_date, time_elsewhere, weekday_name
from marvin.skills.sentence_patterns import Names, Numbers, Said, SentenceGroup, Slots, Words
from marvin.skills.system_zone import later, passing_s
from marvin.types import ReplyItem, Say

ClockStyle = Literal["12h", "24h"]

_DAY_MIN, _HALF_DAY_MIN = 24 * 60, 12 * 60
_NAMED = {"noon": 12 * 60, "midday": 12 * 60, "12 noon": 12 * 60, "midnight": 0, "12 midnight": 0}
_MORNING = ("am", "a m", "in the morning", "this morning", "o'clock in the morning")
AFTERNOON = (
    *("pm", "p m", "in the afternoon", "in the evening", "at night", "this afternoon"),
    *("this evening", "tonight", "o'clock in the afternoon", "o'clock in the evening"),
)
_BEYOND = ("o'clock",)
_QUARTERS = {"half past": 30, "quarter past": 15, "a quarter past": 15, "quarter after": 15}
_QUARTERS |= {"quarter to": -15, "a quarter to": -15, "quarter till": -15}
_QUARTERS_ELSEWHERE = {"half to": -30, "three quarters to": -45, "three quarters past": 45}
"""`halb acht` is half past seven, and `viertel acht` a quarter past."""
NIGHT = "in the night"
"""Elsewhere: before and after midnight."""

# Tomorrow, and what part of it.
_TOMORROW = {"tomorrow": None, "tomorrow morning": "am"}
_TOMORROW |= {f"tomorrow {part}": "pm" for part in ("afternoon", "evening", "night")}
_PM_HOURS = range(1, 7)
"""Hours that usually mean the afternoon, if nothing else is said."""

LISTS: dict[str, Words] = durations.LISTS | {
    "named_time": Names(("noon", "midnight"), tuple(_NAMED)),
    "clock_hour": Numbers(range(1, 13), 24),
    "clock_minute": Numbers(range(5, 60, 5), 59),
    "day_part": Names(("am", "pm", "o'clock"), (*_MORNING, *AFTERNOON)),
    "quarter": Names(("half past", "quarter past", "quarter to"), tuple(_QUARTERS)),
    "past_or_to": ("past", "to", "after", "before"),
    "time_to_time": ("and", "to", "until", "till"),
    "that_day": tuple(_TOMORROW),
    "clock_unit": ("hours", "minutes", "seconds"),
}
RULES = durations.RULES | {
    "clock_time": (
        "[at ]({named_time}|{quarter} {clock_hour}[ {day_part}]"
        "|{clock_minute}[ minutes] {past_or_to} {clock_hour}[ {day_part}]"
        "|{clock_hour}[ [oh ]{clock_minute}][ {day_part}])"
    ),
}
SPOKEN_RULES = durations.SPOKEN_RULES | {"clock_time": "({named_time}|{clock_hour} {day_part})"}

_UNTIL = ("how long until <clock_time>",)
_TARGET = "(<clock_time>[ {that_day}]|{that_day} <clock_time>)"
_UNTIL_WRITTEN = (
    "how (long|much time)[ (is it|is left|is there|do i have|do we have)][ left] "
    f"(until|till|til|to|before) {_TARGET}",
    "how many {clock_unit}[ (is it|are there|are left|left|to go)] (until|till|til|to|before) "
    f"{_TARGET}",
)
_BETWEEN_WRITTEN = (
    "how many {clock_unit}[ (are|is it|are there|is there)] (between|from) <clock_time> "
    "{time_to_time} <clock_time>",
    "how (long|much time)[ (is it|is there|is)] (between|from) <clock_time> {time_to_time} "
    "<clock_time>",
)
_LATER_WRITTEN = (
    "what time (will it be|is it|is it going to be) in <duration>",
    "what time (will it be|is it|is) <duration> from now",
    "what will the time be (in <duration>|<duration> from now)",
    "in <duration> what time (will it be|is it)",
)
_EARLIER_WRITTEN = ("what time was it <duration> ago", "what was the time <duration> ago")


@dataclass(frozen=True, slots=True)
class ClockTime:
    minute: int
    """Of the day."""
    exact: bool
    """Not just on the dial of twelve hours."""

    def after(self, minute: int, *, exact: bool = True) -> int:
        """How many minutes after that minute of the day it comes next."""
        return (self.minute - minute) % (_DAY_MIN if self.exact and exact else _HALF_DAY_MIN)

    def likely(self, part: str | None = None) -> int:
        """The minute of the day that is meant without more words than `part`."""
        if self.exact or part == "am":
            return self.minute
        afternoon = part == "pm" or self.minute // 60 in _PM_HOURS
        return self.minute % _HALF_DAY_MIN + (_HALF_DAY_MIN if afternoon else 0)


def clock_time(slots: Slots) -> ClockTime | None:
    """The time of day in a match's slots; None if there is no such time."""
    said = Said(slots)
    named = said.get("named_time")
    if named is not None:
        minute = _NAMED[named] + _of_quarter(said)  # Elsewhere also "noon and a half".
        return ClockTime(minute % _DAY_MIN, exact=True)
    hour, minute = int(said.get("clock_hour") or 0), said.number("clock_minute") or 0
    part = said.get("day_part")
    exact = hour in (0, *range(13, 25)) or part not in (None, *_BEYOND)
    if hour <= 12 and exact and part is not None:
        late = part in AFTERNOON or (part == NIGHT and 6 <= hour < 12)
        hour = hour % 12 + (12 if late else 0)
    elif part not in (None, *_BEYOND):
        return None  # "17 am".
    if said.get("past_or_to") in ("to", "before"):
        minute = -minute
    minute += _of_quarter(said)  # Elsewhere also "5 to half to 8".
    return ClockTime((60 * hour + minute) % _DAY_MIN, exact)


def _of_quarter(said: Said) -> int:
    quarter = said.get("quarter")
    return 0 if quarter is None else (_QUARTERS | _QUARTERS_ELSEWHERE)[quarter]


def spoken_time(when: datetime, style: ClockStyle) -> str:
    """`3:20 PM` or `15:20`."""
    if spoken() is not None:
        return time_elsewhere(when)
    return f"{when:%H:%M}" if style == "24h" else f"{when.hour % 12 or 12}:{when:%M %p}"


def time_groups(clock: Callable[[], datetime], style: ClockStyle) -> Iterator[SentenceGroup]:
    yield SentenceGroup(_UNTIL, partial(_until, clock, style), written=_UNTIL_WRITTEN, key="until")
    yield SentenceGroup((), _between, written=_BETWEEN_WRITTEN, key="between")
    yield SentenceGroup((), partial(_moved, clock, style, 1), written=_LATER_WRITTEN, key="later")
    yield SentenceGroup((), partial(_moved, clock, style, -1), written=_EARLIER_WRITTEN)


def _length(minutes: int, unit: str | None) -> str:
    if unit == "minutes":
        return numbers.counted(minutes, "minute")
    if unit == "seconds":
        return numbers.counted(60 * minutes, "second")
    return durations.spoken_duration(60 * minutes)


def _until(clock: Callable[[], datetime], style: ClockStyle, said: Said) -> list[ReplyItem] | None:
    target = clock_time(said.slots)
    if target is None:
        return None
    now = clock()
    minutes = target.after(60 * now.hour + now.minute)
    if (day := said.get("that_day")) is not None:
        minutes = _DAY_MIN - 60 * now.hour - now.minute + target.likely(_TOMORROW[day])
    target_at = now + timedelta(minutes=minutes)
    then = spoken_time(target_at, style)
    if minutes == 0:
        return [Say(tr("It is {time} now.", time=then))]
    minutes = round(passing_s(now, target_at) / 60)
    length = _length(minutes, said.get("clock_unit"))
    if said.get("that_day"):
        return [Say(tr("It is {length} until {time} tomorrow.", length=length, time=then))]
    return [Say(tr("It is {length} until {time}.", length=length, time=then))]


def _between(said: Said) -> list[ReplyItem] | None:
    start, end = (clock_time(slots) for slots in split(said.slots, "time_to_time"))
    if start is None or end is None:
        return None
    minutes = end.after(start.minute, exact=start.exact)
    return [Say(tr("That is {length}.", length=_length(minutes, said.get("clock_unit"))))]


def split(slots: Slots, name: str) -> Sequence[Slots]:
    """The slots before and after the one of that name."""
    at = [slot for slot, _ in slots].index(name)
    return slots[:at], slots[at + 1 :]


def _moved(
    clock: Callable[[], datetime], style: ClockStyle, sign: int, said: Said
) -> list[ReplyItem] | None:
    length_s = durations.seconds(said.slots)
    if length_s is None:
        return None
    now = clock()
    try:
        then = later(now, sign * length_s)
    except OverflowError:
        return [Say(tr("My calendar does not reach that far."))]
    at = spoken_time(then, style)
    if then.date() == now.date():
        ahead, past = tr("It will be {time}.", time=at), tr("It was {time}.", time=at)
    else:
        near = abs(then - now) <= timedelta(days=6)
        day = weekday_name(then) if near else spoken_date(then)
        ahead = tr("It will be {time} on {day}.", time=at, day=day)
        past = tr("It was {time} on {day}.", time=at, day=day)
    return [Say(ahead if sign > 0 else past)]
