"""Alarms as an iCalendar file (RFC 5545), for other calendars."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zlib import crc32

from marvin.skills.alarms.alarm import Alarm

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LINE_BYTES = 75


def calendar_of(alarms: Iterable[Alarm], now: datetime) -> str:
    """Times are floating, as alarms are: they belong to no time zone."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Marvin//alarms//EN"]
    for alarm in alarms:
        lines += _event(alarm, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(alarm: Alarm, now: datetime) -> list[str]:
    start = f"{alarm.due:%Y%m%dT%H%M%S}"
    if alarm.instant is not None and not alarm.weekdays:
        start = f"{alarm.instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    days = ",".join(_DAYS[day] for day in alarm.weekdays)
    purpose = (alarm.purpose or alarm.kind).removeprefix("to ")
    summary = _escaped(f"{purpose[0].upper()}{purpose[1:]}")
    return [
        "BEGIN:VEVENT",
        f"UID:{_uid(alarm)}@marvin",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start}",
        *([f"RRULE:FREQ=WEEKLY;BYDAY={days}"] if days else []),
        f"SUMMARY:{summary}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:PT0S",
        f"DESCRIPTION:{summary}",
        "END:VALARM",
        "END:VEVENT",
    ]


def _uid(alarm: Alarm) -> str:
    """Stays the same while the alarm is, so that importing it again does not double it."""
    day = "".join(_DAYS[day] for day in alarm.weekdays) or f"{alarm.due:%Y%m%d}"
    return f"{alarm.kind}-{day}-{alarm.due:%H%M%S}-{crc32((alarm.purpose or '').encode()):08x}"


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Lines are short; a continuation begins with a space."""
    parts: list[str] = []
    part = ""
    for letter in line:
        if len((part + letter).encode()) > _LINE_BYTES - bool(parts):
            parts.append(part)
            part = ""
        part += letter
    return "\r\n ".join([*parts, part])
