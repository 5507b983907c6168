"""Reads requests for alarms and reminders: when, and what for."""

import re
from dataclasses import dataclass
from datetime import date

from marvin.skills.alarms.when import When, merged, read
from marvin.skills.text import to_the_user

_VERB = (
    r"(?:(?:set|start|create|make|add|put|put on|give|get|need|want|schedule|have|i need|i want"
    r"|i'd like|i would like|set up)(?: me| us)? )?"
)
_BEFORE_ALARM = re.compile(rf"{_VERB}(?:(?:an?|another|my|the|one|new) )*(?P<when>.*)")
_ALARM = re.compile(
    r"(?P<before>.*?)\b(?:alarm|wake up call|(?:wake|get) (?:me|us)(?: up)?)(?: |$)(?P<after>.*)"
)
_REMINDER = re.compile(
    r"(?P<before>.*?)\b(?:(?:remind|alert|notify) (?:me|us)|reminder"
    r"|(?:don't|do not) let me forget)(?: |$)(?P<after>.*)"
)
_PURPOSE = re.compile(r"(?:to|about|that|because|so (?:that )?i (?:can )?)\b.+")
_ANOTHER_TIME = re.compile(
    r"\b(?:at|by|until|before|after) (?:\d|noon|midnight|half|quarter)"
    r"|\b\d+ (?:am|pm|o'clock|a m|p m)\b"
    r"|\b(?:\d+|an?) (?:minute|hour)s?\b|\b(?:half|quarter) (?:past|to)\b"
)
_NOT_FIRST = ("for", "by", "to", "about", "and", "from", "starting")
_OPEN_END = re.compile(
    r"\b(?:at|by|on|in|to|for|from|of|the|a|an|until|till|before|after|around|and|or|with|is|are"
    r"|was|starts|begins|opens|closes|ends|leaves|arrives|every|each|my|about|that|no later than)$"
)
"""What is left cannot end like this: the time belongs to it."""


@dataclass(frozen=True, slots=True)
class AlarmRequest:
    when: When
    purpose: str | None = None
    unclear: str = ""
    """What was not understood."""


def alarm_request(text: str, today: date) -> AlarmRequest | None:
    """None: no alarm is asked for. The purpose follows the time: `at 7 to go running`."""
    found = _opened(_ALARM, text, today)
    if found is None:
        return None
    first, after = found
    if not after:
        return AlarmRequest(first)
    when, rest = _leading(after, today)
    both = merged(first, when)
    if both is None or (rest and not re.match("(?:to|because|so) ", rest)):
        return AlarmRequest(first, unclear=after)
    if _ANOTHER_TIME.search(rest):
        return AlarmRequest(first, unclear=after)
    return AlarmRequest(both, to_the_user(rest) or None)


def reminder_request(text: str, today: date) -> AlarmRequest | None:
    """None: no reminder is asked for."""
    found = _opened(_REMINDER, text, today)
    if found is None:
        return None
    first, after = found
    when, rest = _leading(after, today)
    purpose, last = _trailing(rest, today)
    both = merged(first, when)
    both = None if both is None else merged(both, last)
    if both is None:
        return AlarmRequest(When(), to_the_user(rest) or None, unclear=rest)
    if purpose and not _PURPOSE.fullmatch(purpose):
        return None if both == When() else AlarmRequest(When(), unclear=rest)
    if _ANOTHER_TIME.search(purpose) and both.timed:
        return AlarmRequest(When(), unclear=rest)
    return AlarmRequest(both, to_the_user(purpose) or None)


def _opened(pattern: re.Pattern[str], text: str, today: date) -> tuple[When, str] | None:
    """The time before the word for it, and what follows the word; None for "the house alarm"."""
    found = pattern.fullmatch(text)
    if found is None:
        return None
    before = _BEFORE_ALARM.fullmatch(found["before"])
    kind = before["when"].strip() if before else ""
    first = read(kind, today) if kind else When()
    return None if first is None else (first, found["after"].strip())


def _leading(text: str, today: date) -> tuple[When, str]:
    """The longest time at the start, and the rest."""
    words = text.split()
    for end in range(len(words), 0, -1):
        if (when := read(" ".join(words[:end]), today)) is not None:
            return when, " ".join(words[end:])
    return When(), text


def _trailing(text: str, today: date) -> tuple[str, When]:
    """The rest, and the longest time at the end. A number alone may count what comes before."""
    words = text.split()
    for start in range(1, len(words)):
        if words[start] in _NOT_FIRST:
            continue  # "for 4 pm" belongs to what comes before.
        when = read(" ".join(words[start:]), today)
        if when is not None and not when.plain and not when.part_alone:
            rest = " ".join(words[:start])
            if not _OPEN_END.search(rest):
                return rest, when
    return text, When()
