"""Dates and times of day."""

from marvin.tts.normalization.numbers import cardinal, ordinal, year
from marvin.tts.normalization.patterns import Match, Rule, rule

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_FOUR_DIGITS = r"(?P<year>[12]\d{3})"
_YEAR = rf"{_FOUR_DIGITS}(?![\d,.:/-]*\d)"


def _month(name: str) -> str:
    return next(month for month in _MONTHS if month.startswith(name[:3].title()))


def _month_first(match: Match) -> str:
    said = f"{_month(match['month'])} {ordinal(match['day'])}"
    return f"{said}, {year(match['year'])}" if match["year"] else said


def _day_first(match: Match) -> str:
    said = f"the {ordinal(match['day'])} of {_month(match['month'])}"
    return f"{said} {year(match['year'])}" if match["year"] else said


def _month_and_year(match: Match) -> str:
    return f"{_month(match['month'])} {year(match['year'])}"


def _iso(match: Match) -> str:
    month = _MONTHS[int(match["number"]) - 1]
    return f"{month} {ordinal(match['day'])}, {year(match['year'])}"


def _in_numbers(match: Match) -> str:
    """21/11/2026 is clear; 5/6/2026 is said as it is written."""
    first, second = int(match[1]), int(match[2])
    if not 1 <= min(first, second) <= 12 or max(first, second) > 31:
        return match[0]
    day, month = (second, first) if second > 12 else (first, second)
    if first <= 12 and second <= 12 and first != second:
        return f"{cardinal(match[1].lstrip('0'))} {cardinal(match[2].lstrip('0'))} {year(match[3])}"
    return f"{_MONTHS[month - 1]} {ordinal(str(day))}, {year(match[3])}"


def _time(match: Match) -> str:
    hour, minute, second = int(match["hour"]), match["minute"], match["second"]
    half = match["half"]
    if minute == "00" and not second:
        if hour == 0 and not half:
            return "midnight"
        end = "" if half else " o'clock" if 0 < hour < 13 else " hundred"
        said = f"{cardinal(str(hour))}{end}"
    else:
        minutes = f"oh {cardinal(minute[1])}" if minute[0] == "0" else cardinal(minute)
        said = f"{cardinal(str(hour))} {minutes}"
        if second:
            said += f" and {cardinal(str(int(second)))} seconds"
    return f"{said} {half.upper()} M" if half else said


def _hour(match: Match) -> str:
    return f"{cardinal(match['hour'])} {match['half'].upper()} M"


_CLOCK = (
    r"(?<![\w:.,])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?![:\d])"
)
_HALF = r"\s?(?P<half>[ap])\s?m\b"

RULES: tuple[Rule, ...] = (
    rule(rf"(?<![\w-]){_FOUR_DIGITS}-(?P<number>0[1-9]|1[0-2])-{_DAY}(?![\w-])", _iso),
    rule(r"(?<![\w/.])(\d{1,2})[/.](\d{1,2})[/.]([12]\d{3})(?![\w/])", _in_numbers),
    rule(rf"\b{_MONTH} {_DAY}(?:st|nd|rd|th)?(?![\w%°]|[.,:/-]\d)(?:,? {_YEAR})?", _month_first),
    rule(
        rf"(?:\bthe )?(?<![\w.,:/$€£-]){_DAY}(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? {_YEAR})?",
        _day_first,
    ),
    rule(rf"\b{_MONTH},? {_YEAR}", _month_and_year),
    # The last full stop of "a.m." may be the sentence's own.
    rule(r"(?<=\d)\s?([ap])\.\s?m\b(?:\.(?=\W*\w))?", r" \1m", any_case=True),
    rule(rf"{_CLOCK}(?:{_HALF})?", _time, any_case=True),
    rule(
        rf"(?<![\w:.,])(?P<hour>1[0-2]|0?[1-9])\.(?P<minute>[0-5]\d)(?P<second>){_HALF}",
        _time,
        any_case=True,
    ),
    rule(rf"(?<![\w:.,])(?P<hour>1[0-2]|0?[1-9]){_HALF}", _hour, any_case=True),
)
