"""Reads requests for alarms from the slots of a sentence, in languages other than English."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from marvin.languages.language import Language
from marvin.languages.translation import spoken
from marvin.skills import days, durations
from marvin.skills.alarms.alarm_choice import Which
from marvin.skills.alarms.alarm_request import AlarmRequest
from marvin.skills.alarms.when import Part, When, merged, read
from marvin.skills.sentence_patterns import Said, Slots
from marvin.skills.text import as_heard, canonical, to_the_user
from marvin.skills.times_of_day import AFTERNOON, NIGHT, clock_time, split

_TIMES = (
    "day_and_part",
    "quarter",
    "past_or_to",
    "day_part",
    "part_of_day",
    "near",
    "weekday",
    "repeat",
    "o_clock",
)
"""Lists with words that go on with a time."""
_END_OF_TIMES = (
    *("near", "near_part", "this_part", "part_of_day", "day_and_part", "repeat"),
    *("weekday", "weekday_s", "weekend", "month", "holiday", "step"),
    *("past_or_to", "quarter", "half"),
)
"""Lists with words that end a day, or that another part of a time follows."""
_DAY_SLOTS = ("near", "weekday", "holiday", "month", "step", "weekend")


def request_said(said: Said, today: date) -> AlarmRequest | None:
    """None: there is no such time."""
    when = when_said(said, today)
    if when is None:
        return None
    why, purpose = said.get("why") or "", said.get("free_purpose")
    if purpose is None:
        return AlarmRequest(when)
    if _cuts_a_time(said.text, purpose) or (purpose[0].isdigit() and not why):
        return None
    between = "" if why.endswith("'") else " "
    purpose = to_the_user(as_heard(purpose, said.heard))
    return AlarmRequest(when, f"{why}{between}{purpose}".strip())


def _cuts_a_time(text: str, purpose: str) -> bool:
    """Whether the purpose begins within a time, `de la tarde llamar` after `a las 5`; or ends so:
    `llamar en` before `5 minutos`, `llamar el lunes` before `a las 5`."""
    language = spoken()
    assert language is not None
    rest = text.partition(f" {purpose} ")[2]
    if rest and (
        purpose.split()[-1] in language.words.function_words
        or _phrase_at_end(language, _END_OF_TIMES).search(purpose)
        or (purpose[-1].isdigit() and rest.startswith(tuple(language.lists["past_or_to"])))
    ):
        return True
    start = len(text) - len(text.partition(f" {purpose}")[2]) - len(purpose)
    phrases = (canonical(phrase) for name in _TIMES for phrase in language.lists.get(name, ()))
    return any(
        found.start() <= start < found.end()
        for phrase in phrases
        for found in re.finditer(rf"\b{phrase}\b", text)
    )


@lru_cache
def _phrase_at_end(language: Language, lists: tuple[str, ...]) -> re.Pattern[str]:
    phrases = (canonical(phrase) for name in lists for phrase in language.lists.get(name, ()))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})(?: \d{{4}})?$")


def when_said(said: Said, today: date) -> When | None:
    """None: there is no such time, or it contradicts itself."""
    parts = [_clock(said), _day(said, today), _repeated(said, today)]
    wait_s = durations.seconds(said.slots)
    if wait_s is not None:
        parts.append(When(wait_s=wait_s))
    when: When | None = When()
    for part in parts:
        when = None if when is None or part is None else merged(when, part)
    return when


def new_time_said(said: Said, today: date) -> When | None:
    """Where an alarm is moved to."""
    return when_said(replace(said, slots=_halves(said)[1]), today)


def which_said(said: Said, today: date) -> Which:
    """The alarms that are meant."""
    first = replace(said, slots=_halves(said)[0])
    when = when_said(first, today)
    text = said.get("alarm_order") or said.get("free_purpose") or ""
    return Which(text, None if when == When() else when)


def _halves(said: Said) -> Sequence[Slots]:
    """`from 7` and `to 8`."""
    return split(said.slots, "alarm_to") if said.get("alarm_to") else (said.slots, said.slots)


def _clock(said: Said) -> When | None:
    part: Part = _part(said.get("day_part"))
    if not any(map(said.get, ("named_time", "clock_hour"))):
        return When(part=part)
    # On the dial of 12 hours, `part` tells which half; the next such time may be meant.
    at = clock_time(tuple(slot for slot in said.slots if slot[0] != "day_part"))
    if at is None:
        return None
    hour, minute = divmod(at.minute, 60)
    named = said.get("named_time")
    if named == "midnight" and at.minute == 0:
        hour = 24
    elif not at.exact:
        hour = hour or 12
    if hour == 12 and at.exact:
        part = "pm"
    elif named == "noon":
        part = "am"  # A quarter to noon.
    return When(hour=hour, minute=minute, part=part)


def _part(day_part: str | None) -> Part:
    if day_part is None:
        return ""
    return "night" if day_part == NIGHT else "pm" if day_part in AFTERNOON else "am"


def _day(said: Said, today: date) -> When | None:
    if not any(map(said.get, _DAY_SLOTS)):
        return When()
    day = days.day(said, today)
    if day is None:
        return None
    return When(
        day=day,
        now=day == today,
        weekly=bool(said.get("weekday")),
        dated=bool(said.get("month") or said.get("holiday")),
        from_today=bool(said.get("step")),
    )


def _repeated(said: Said, today: date) -> When | None:
    names = [str(name) for slot, name in said.slots if slot == "every_weekday"]
    if names:
        return When(weekdays=tuple(sorted({days.WEEKDAYS.index(name) for name in names})))
    english = said.get("repeat") or said.get("day_and_part")
    return read(english, today) if english else When()
