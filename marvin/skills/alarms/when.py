"""Reads when an alarm should ring: `tomorrow at half past 7`, `at 8 on weekdays`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from marvin.skills import days, durations, holidays
from marvin.skills.sentence_patterns import Said
from marvin.skills.text import canonical

Part = Literal["", "am", "pm", "night"]

DAILY, WEEKDAYS, WEEKENDS = tuple(range(7)), tuple(range(5)), (5, 6)
_EVERY = {
    **dict.fromkeys(("every day", "each day", "daily", "everyday"), DAILY),
    **dict.fromkeys(
        ("on weekdays", "every weekday", "weekdays", "on workdays", "every workday", "workdays",
         "on week days", "every week day", "monday to friday", "monday through friday"),
        WEEKDAYS,
    ),
    **dict.fromkeys(
        ("on weekends", "at weekends", "every weekend", "weekends", "on the weekends"), WEEKENDS
    ),
}  # fmt: skip
_EVERY_PART = {"morning": "am", "afternoon": "pm", "evening": "pm", "night": "night"}
_PARTS: dict[str, Part] = {
    **dict.fromkeys(("am", "a m", "morning", "in the morning", "this morning"), "am"),
    **dict.fromkeys(
        ("pm", "p m", "afternoon", "in the afternoon", "this afternoon", "evening",
         "in the evening", "this evening"),
        "pm",
    ),
    **dict.fromkeys(("night", "at night", "tonight"), "night"),
}  # fmt: skip
_NOON = {"noon": 12, "midday": 12, "midnight": 24}
_MONTHS = "|".join(days.MONTHS)
_ORDINALS = {canonical(word): word for word in days.ORDINALS}
_WEEKDAY = f"(?:{'|'.join(days.WEEKDAYS)})"


def _any(phrases: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, phrases), key=len, reverse=True))


_DAY_NUMBER = (
    rf"(?:the )?(?:(?P<number{{0}}>\d\d?)(?: (?:st|nd|rd|th))?|(?P<ordinal{{0}}>{_any(_ORDINALS)}))"
)
_UNIT = r"(?P<unit>hours?|h|hrs?|minutes?|m|mins?|seconds?|s|secs?)"
_SPAN = _any(list(durations.LISTS["span"]))  # type: ignore[arg-type]
_LENGTH = re.compile(
    rf"(?:(?P<span>{_SPAN})|(?P<count>\d+)(?P<digits>(?: point(?: \d)+)?)"
    rf"(?P<part>(?: and a (?:half|quarter))?) {_UNIT}(?P<after>(?: and a half)?))(?: and|)(?: |$)"
)
_WAIT = re.compile(r"(?:in|after) (?P<wait>.+?)(?: time| from now)?(?= (?:at|on|every)\b|$)")
_FROM_NOW = re.compile(r"(?P<wait>.+?) from now$")
_REPEATED = re.compile(
    rf"(?:(?P<phrase>{_any(_EVERY)})|(?:every|each) (?P<every_part>{'|'.join(_EVERY_PART)})"
    rf"|(?:from )?(?P<first>{_WEEKDAY}) (?:to|through|till|until) (?P<last>{_WEEKDAY})"
    rf"|(?:(?:every|each) (?P<one>{_WEEKDAY})|(?:on )?(?P<many>{_WEEKDAY}s))"
    rf"(?P<more>(?:,? (?:and )?(?:on |every )?{_WEEKDAY}s?)*))(?= |$)"
)
_DAY = re.compile(
    r"(?:for |on )?(?:"
    rf"(?P<near>{_any([name for name, ahead in days.NEAR.items() if ahead >= 0])})"
    rf"|in (?P<days>\d+|a|an) (?P<step>days?|weeks?|fortnights?|months?)(?: time|)"
    rf"|(?:(?P<turn>next|this coming|coming|this) )?(?P<weekday>{_WEEKDAY})"
    rf"|{_DAY_NUMBER.format('')} (?:of )?(?P<month>{_MONTHS})"
    rf"|(?P<month2>{_MONTHS}) {_DAY_NUMBER.format('2')}"
    rf"|(?P<holiday>{_any(holidays.NAMES)})"
    r")(?: (?P<day_part>morning|afternoon|evening|night))?(?= |$)"
)
_OF_MONTH = re.compile(
    rf"(?:for|on) the (?:(?P<number>\d\d?) (?:st|nd|rd|th)|(?P<ordinal>{_any(_ORDINALS)}))(?= |$)"
)
_BEFORE = r"(?:before|till)(?= (?:\d|noon|midday|midnight))"
_MINUTES = (
    r"(?P<minutes>\d\d?|quarter|a quarter|half)(?: minutes?)? "
    rf"(?P<side>past|to|after|{_BEFORE})"
)
_CLOCK = re.compile(
    r"(?P<at>(?:at|for|around|about|by|to) )?(?:"
    rf"(?P<noon>noon|midday|midnight)"
    rf"|{_MINUTES}(?: (?P<hour2>\d\d?|noon|midday|midnight))?"
    r"|half (?P<half_hour>\d\d?)"
    r"|(?P<hour>\d\d?)(?: (?:oh )?(?P<minute>\d\d?)| point (?P<tens>\d) (?P<ones>\d))?"
    r")(?P<sharp> o'clock)?(?: sharp)?(?= |$)"
)
_PART = re.compile(rf"(?P<part>{_any(_PARTS)})(?= |$)")
_FILLER = re.compile(r"(?:please|starting|from(?! \d)|and)(?= |$)")


@dataclass(frozen=True, slots=True)
class When:
    """What was said about the time; what was not said is None or empty."""

    hour: int | None = None
    minute: int | None = None
    """`half past` has a minute and no hour."""
    side: Literal["", "to"] = ""
    """`quarter to` is before the hour."""
    part: Part = ""
    day: date | None = None
    weekdays: tuple[int, ...] = ()
    wait_s: float | None = None
    now: bool = False
    """The day is today."""
    weekly: bool = False
    """The day is the next one of its name."""
    dated: bool = False
    """The day has a date or the name of a holiday."""
    from_today: bool = False
    """`in three days`: at the same time as now, unless another is named."""
    plain: bool = False
    """Only a number, without `at`: in free text it may count something."""

    @property
    def part_alone(self) -> bool:
        """Only a part of the day, as in `an apple in the morning`."""
        return bool(self.part) and not (self.timed or self.weekdays or self.day)

    @property
    def waits(self) -> timedelta:
        return timedelta(seconds=self.wait_s or 0.0)

    @property
    def timed(self) -> bool:
        return self.hour is not None or self.wait_s is not None or self.from_today


def read(text: str, today: date) -> When | None:
    """The time in a canonical text that says nothing else."""
    return next(_readings(text, 0, When(), frozenset(), today), None)


def _readings(text: str, at: int, when: When, seen: frozenset[str], today: date) -> Iterator[When]:
    if at >= len(text):
        if seen:
            yield when
        return
    if filler := _FILLER.match(text, at):
        yield from _readings(text, filler.end() + 1, when, seen, today)
    for kind, found, end in _parts(text, at, today):
        if kind not in seen and (both := merged(when, found)) is not None:
            yield from _readings(text, end + 1, both, seen | {kind}, today)


def _parts(text: str, at: int, today: date) -> Iterator[tuple[str, When, int]]:
    """Each way to read what stands here."""
    for pattern in (_WAIT, _FROM_NOW):
        if (m := pattern.match(text, at)) and (wait_s := seconds(m["wait"])) is not None:
            yield "wait", When(wait_s=wait_s), m.end()
    if m := _REPEATED.match(text, at):
        part: Part = _EVERY_PART.get(m["every_part"] or "", "")  # type: ignore[assignment]
        yield "day", When(weekdays=_weekdays(m), part=part), m.end()
    if (m := _DAY.match(text, at)) and (day := _day(m, today)) is not None:
        named = m["day_part"] or ("tonight" if m["near"] == "tonight" else "")
        part = _PARTS[named] if named else ""
        yield (
            "day",
            When(
                day=day,
                part=part,
                now=day == today,
                weekly=bool(m["weekday"]),
                dated=bool(m["month"] or m["month2"] or m["holiday"]),
                from_today=bool(m["step"]),
            ),
            m.end(),
        )
    if (m := _OF_MONTH.match(text, at)) and (day := _of_month(m, today)) is not None:
        yield "day", When(day=day, now=day == today, dated=True), m.end()
    if (m := _CLOCK.match(text, at)) and (clock := _clock(m)) is not None:
        yield "clock", clock, m.end()
    if m := _PART.match(text, at):
        this = m["part"] == "tonight" or m["part"].startswith("this")
        day = today if this else None
        yield "part", When(part=_PARTS[m["part"]], day=day, now=this), m.end()


def merged(one: When, other: When) -> When | None:
    """Both together; None if they contradict each other."""
    if one.part and other.part and one.part != other.part and "night" not in (one.part, other.part):
        return None
    if one.day and other.day and one.day != other.day:
        return None
    if (one.weekdays and other.day) or (one.day and other.weekdays):
        return None
    if (one.wait_s or other.wait_s) is not None and (one != When() and other != When()):
        return None  # "in 20 minutes tomorrow"
    return replace(
        one,
        hour=other.hour if one.hour is None else one.hour,
        minute=other.minute if one.minute is None else one.minute,
        side=one.side or other.side,
        part=other.part if one.part in ("", "night") and other.part else one.part,
        day=one.day or other.day,
        weekdays=one.weekdays or other.weekdays,
        wait_s=other.wait_s if one.wait_s is None else one.wait_s,
        now=one.now or other.now,
        weekly=one.weekly or other.weekly,
        dated=one.dated or other.dated,
        from_today=one.from_today or other.from_today,
        plain=(one.plain or other.plain) and not (one.part or other.part),
    )


def seconds(text: str) -> float | None:
    """The length of time in a canonical text that says nothing else."""
    slots: list[tuple[str, str | int]] = []
    at = 0
    while at < len(text):
        m = _LENGTH.match(text, at)
        if m is None:
            return None
        if m["span"]:
            slots.append(("span", m["span"]))
        else:
            unit = {"h": "hours", "m": "minutes", "s": "seconds"}[m["unit"][0]]
            slots.append((unit, int(m["count"])))
            slots += [(f"{unit}_digit", int(digit)) for digit in re.findall(r"\d", m["digits"])]
            part = (m["part"] or m["after"]).strip()
            slots += [(f"{unit}_part", part)] if part else []
        at = m.end()
    return durations.seconds(slots)


def _weekdays(m: re.Match[str]) -> tuple[int, ...]:
    if m["phrase"]:
        return _EVERY[m["phrase"]]
    if m["every_part"]:
        return DAILY
    if m["first"]:
        first, last = (days.WEEKDAYS.index(m[name]) for name in ("first", "last"))
        return tuple(sorted((first + ahead) % 7 for ahead in range((last - first) % 7 + 1)))
    names = re.findall(_WEEKDAY, m[0])
    return tuple(sorted({days.WEEKDAYS.index(name) for name in names}))


def _day(m: re.Match[str], today: date) -> date | None:
    slots: list[tuple[str, str | int]] = []
    if m["days"]:
        step = m["step"]
        count = 1 if m["days"] in ("a", "an") else int(m["days"])
        slots = [("count", count), ("step", step)]
    elif m["weekday"]:
        slots = [("weekday", m["weekday"]), *([("turn", m["turn"])] if m["turn"] else [])]
    elif month := m["month"] or m["month2"]:
        ordinal = m["ordinal"] or m["ordinal2"]
        number = m["number"] or m["number2"]
        slots = [("month", month)]
        slots.append(("ordinal", _ORDINALS[ordinal]) if ordinal else ("day_of_month", int(number)))
    else:
        slots = [(name, m[name]) for name in ("near", "holiday") if m[name]]
    return days.day(Said(tuple(slots)), today)


def _of_month(m: re.Match[str], today: date) -> date | None:
    number = int(m["number"] or days.ORDINALS.index(_ORDINALS[m["ordinal"]]) + 1)
    return days.next_of_month(number, today)


def _around(noon: int, minutes: int) -> When:
    """So many minutes after noon or midnight, an hour."""
    hour, minute = divmod(60 * noon + minutes, 60)
    # The hours 1 to 12 are on a dial of twelve; "midnight" is at the end of a day.
    part: Part = "" if noon == 24 else "pm" if hour == 12 else "am"
    return When(hour=hour % 24, minute=minute, part=part)


def _clock(m: re.Match[str]) -> When | None:
    hour, minute, side = 0, 0, ""
    if m["noon"]:
        return When(hour=_NOON[m["noon"]], minute=0, part="pm" if m["noon"] != "midnight" else "")
    if m["minutes"]:
        minutes = {"quarter": 15, "a quarter": 15, "half": 30}.get(m["minutes"])
        minute = int(m["minutes"]) if minutes is None else minutes
        side = "" if m["side"] in ("past", "after") else "to"
        if m["hour2"] is None:
            return When(minute=minute, side="to" if side else "") if minutes else None
        if noon := _NOON.get(m["hour2"]):
            return _around(noon, -minute if side else minute)
        hour = int(m["hour2"])
    elif m["half_hour"]:
        hour, minute = int(m["half_hour"]), 30
    else:
        hour, minute = int(m["hour"]), int(m["minute"] or 0)
        if m["tens"]:
            minute = int(m["tens"] + m["ones"])
    if hour > 24 or minute > 59 or (hour == 24 and minute and not side):
        return None
    if side:
        hour, minute = (hour or 24) - 1, 60 - minute
        hour = hour or 12  # A quarter to 1 is in the 12 o'clock hour.
    plain = not (m["at"] in ("at ", "around ") or m["sharp"] or m["minutes"] or m["noon"])
    return When(hour=hour, minute=minute, plain=plain)
