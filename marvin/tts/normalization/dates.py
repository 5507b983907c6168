"""Dates and times of day."""

import re
from collections.abc import Callable

from marvin.tts.normalization.notation import Match, Rule, rule
from marvin.tts.normalization.number_words import cardinal, ordinal, year

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_WEEKDAY = (
    r"(?:Mon(?:day)?|Tue(?:s(?:day)?)?|Wed(?:s|nesday)?|Thu(?:r(?:s(?:day)?)?)?|Fri(?:day)?"
    r"|Sat(?:urday)?|Sun(?:day)?)"
)
_MONTH_NAME = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_MONTH = rf"(?P<month>{_MONTH_NAME})\b\.?"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_DAY_IN_LIST = r"(?<!\d)\d{1,2}"
_TO_DAY = r"(?:\s?[-–]\s?(?P<to>[12]\d|3[01]|0?[1-9]))?"  # noqa: RUF001
_TH = r"(?:st|nd|rd|th)?"
_FOUR_DIGITS = r"(?P<year>[12]\d{3})"
_YEAR = rf"{_FOUR_DIGITS}(?![\d,.:/-]*\d)"


def _name(short: str) -> str:
    return next(name for name in (*_DAYS, *_MONTHS) if name.startswith(short[:3].title()))


def _days(match: Match) -> str:
    return re.sub(rf"{_WEEKDAY}\b\.?(?=\W)|{_WEEKDAY}$", lambda day: _name(day[0]), match[0])


def _pair(between: str) -> Callable[[Match], str]:
    return lambda match: f"{_name(match[1])} {between} {_name(match[2])}"


def _month_first(match: Match) -> str:
    said = f"{_name(match['month'])} {ordinal(match['day'])}"
    if match["to"]:
        said += f" to {ordinal(match['to'])}"
    return f"{said}, {year(match['year'])}" if match["year"] else said


def _day_first(match: Match) -> str:
    said = f"the {ordinal(match['day'])}"
    if match["to"]:
        said += f" to the {ordinal(match['to'])}"
    said += f" of {_name(match['month'])}"
    return f"{said} {year(match['year'])}" if match["year"] else said


def _iso(match: Match) -> str:
    month = _MONTHS[int(match["number"]) - 1]
    return f"{month} {ordinal(match['day'])}, {year(match['year'])}"


def _in_numbers(match: Match) -> str:
    """21/11/2026 is unambiguous; 5/6/2026 is read as written."""
    first, second, last = int(match[1]), int(match[3]), match[4]
    if not 1 <= min(first, second) <= 12 or max(first, second) > 31:
        return match[0]
    day, month = (second, first) if second > 12 else (first, second)
    ambiguous = max(first, second) <= 12 and (first != second or len(last) == 2)
    if len(last) == 2:
        if ambiguous or match[2] != "/":
            return match[0]
        last = f"{'20' if last < '70' else '19'}{last}"
    if ambiguous:
        return f"{cardinal(str(first))} {cardinal(str(second))} {year(last)}"
    return f"{_MONTHS[month - 1]} {ordinal(str(day))}, {year(last)}"


def _time(match: Match) -> str:
    hour, minute, second = int(match["hour"]), match["minute"], match["second"]
    half = match["half"]
    if minute in (None, "00") and second in (None, "", "00"):
        if hour == 0 and not half:
            return "midnight"
        end = "" if half else " o'clock" if 0 < hour < 13 else " hundred"
        said = f"{cardinal(str(hour))}{end}"
    else:
        minutes = f"oh {cardinal(minute[1])}" if minute[0] == "0" else cardinal(minute)
        said = f"{cardinal(str(hour))} {minutes}"
        if second and second != "00":
            said += f" and {cardinal(str(int(second)))} seconds"
    return f"{said} {half.upper()} M" if half else said


_CLOCK = (
    r"(?<![\w:.,])(?P<hour>[01]?\d|2[0-3]|24(?=:00)):(?P<minute>[0-5]\d)"
    r"(?::(?P<second>[0-5]\d))?(?![:\d])"
)
_HALF = r"\s?(?P<half>[ap])\s?m\b"

NUMERIC: tuple[Rule, ...] = (
    rule(r"(?<=\d)\s?–\s?(?=\d{4}-\d\d-\d\d)|(?<=\d) - (?=\d{4}-\d\d-\d\d)", " to "),  # noqa: RUF001
    rule(r"(?<=[/.]\d{4}){D}(?=\d{1,2}[/.]\d{1,2}[/.]\d{4})", " to "),
    rule(r"\b(\d{4}-\d\d-\d\d)T(?=\d\d:\d\d)", r"\1 at "),
    rule(r"(?<=\d\d:\d\d)(?::00)?(?:\.\d+)?Z\b", " UTC"),
    rule(
        rf"(?<![\w-]){_FOUR_DIGITS}(?P<mark>[-/])(?P<number>0?[1-9]|1[0-2])(?P=mark){_DAY}(?![\w/-])",
        _iso,
    ),
    rule(r"(?<![\w/.-])(\d{1,2})([/.-])(\d{1,2})\2([12]\d{3}|\d\d)(?![\w/-]|\.\w)", _in_numbers),
)

RANGES: tuple[Rule, ...] = (
    rule(rf"\b({_WEEKDAY})\.?{{D}}({_WEEKDAY})\b(?!-)", _pair("to")),
    rule(rf"\b{_WEEKDAY}\.?(?:(?:, ?|/|,? and | ?& ?){_WEEKDAY}\b){{1,6}}", _days),
    rule(
        rf"((?:{_DAY_IN_LIST}){_TH} {_MONTH_NAME}\b){{D}}(?=\d{{1,2}}{_TH} {_MONTH_NAME}\b)",
        r"\1 to ",
    ),
    rule(rf"\b({_MONTH_NAME})\.?{{D}}({_MONTH_NAME})\b(?!-)", _pair("to")),
    rule(
        rf"(\d{{4}}){{D}}(?={_MONTH_NAME}\b)|(?<=\bQ)([1-4]){{D}}(?=Q[1-4]\b)",
        lambda match: f"{match[1] or match[2]} to ",
    ),
    rule(rf"(?<=[a-z.] )({_DAY}{_TH}){{D}}(?={_MONTH_NAME}\b)", r"\1 to "),
)

RULES: tuple[Rule, ...] = (
    rule(
        r"(?:\b(Mon|Tues?|Weds?|Thu(?:rs?)?|Fri)\b\.?|(?<![Tt]he )\b(Sat|Sun)\b\.?)"
        rf"(?=,? (?:\d|{_MONTH_NAME}\b\.? \d))",
        lambda match: _name(match[0]),
    ),
    rule(r"(?<=\b[Oo]n )(Mon|Tues?|Weds?|Thu(?:rs?)?|Fri)\b(?!-)", lambda match: _name(match[1])),
    rule(
        r"(?i:(?<=\bin )|(?<=\bsince )|(?<=\buntil ))(Jan|Feb|Apr|Aug|Sept?|Oct|Nov|Dec)\b(?! \d)",
        lambda match: _name(match[1]),
    ),
    rule(rf"\b{_MONTH} {_DAY}{_TH}{_TO_DAY}{_TH}(?![\w%°]|[.,:/-]\d)(?:,? {_YEAR})?", _month_first),
    rule(
        rf"(?:\bthe )?(?<![\w.,:/$€£-]){_DAY}{_TH}{_TO_DAY}{_TH} (?:of )?{_MONTH}(?:,? {_YEAR})?",
        _day_first,
    ),
    rule(rf"\b{_MONTH},? {_YEAR}", lambda match: f"{_name(match['month'])} {year(match['year'])}"),
    rule(rf"{_CLOCK}(?:{_HALF})?", _time, any_case=True),
    rule(
        rf"(?<![\w:.,])(?P<hour>1[0-2]|0?[1-9])(?:\.(?P<minute>[0-5]\d))?(?P<second>){_HALF}",
        _time,
        any_case=True,
    ),
)

# The last full stop of "a.m." may also end the sentence.
HALVES: Rule = rule(r"(?<=\d)\s?([ap])\.\s?m\b(?:\.(?=\W*\w))?", r" \1m", any_case=True)
