"""Lengths of time: how they are said to Marvin and how Marvin says them."""

from collections.abc import Iterable
from fractions import Fraction

from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import Numbers, Words

_HOUR_S, _DAY_S = 3600, 86_400
_PARTS = {
    "and a half": Fraction(1, 2),
    "and half": Fraction(1, 2),
    "and a quarter": Fraction(1, 4),
    "and three quarters": Fraction(3, 4),
    "and three quarter": Fraction(3, 4),
    "and a third": Fraction(1, 3),
    "and two thirds": Fraction(2, 3),
}
_UNITS = {
    "years": 365 * _DAY_S,
    "months": 30 * _DAY_S,
    "weeks": 7 * _DAY_S,
    "days": _DAY_S,
    "hours": _HOUR_S,
    "minutes": 60,
    "seconds": 1,
}
_ONE = {
    "a second": 1,
    "a minute": 60,
    "an hour": _HOUR_S,
    "a day": _DAY_S,
    "a week": 7 * _DAY_S,
    "a fortnight": 14 * _DAY_S,
    "a month": 30 * _DAY_S,
    "a year": 365 * _DAY_S,
}
"""Those that are too long for a timer are understood, too, and refused for what they are."""


def _spans() -> dict[str, Fraction]:
    spans = {text: Fraction(length_s) for text, length_s in _ONE.items()}
    for text, length_s in _ONE.items():
        article, unit = text.split()
        for part, share in _PARTS.items():
            spans[f"{text} {part}"] = spans[f"{unit} {part}"] = length_s * (1 + share)
        for text_of, share in (
            ("half {0} {1}|a half {0} {1}|half of {0} {1}|a half {1}|half {1}", Fraction(1, 2)),
            ("a quarter of {0} {1}|quarter of {0} {1}|a quarter {1}|quarter {1}", Fraction(1, 4)),
            ("a third of {0} {1}|third of {0} {1}|a third {1}", Fraction(1, 3)),
            ("two thirds of {0} {1}|two thirds {1}", Fraction(2, 3)),
            ("three quarters of {0} {1}|three quarter {1}", Fraction(3, 4)),
        ):
            for said in text_of.format(article, unit).split("|"):
                spans[said] = length_s * share
    return spans


_SPANS = _spans() | {
    f"another {unit}": Fraction(_ONE[f"a {unit}"]) for unit in ("second", "minute")
}
_SPANS["another hour"] = Fraction(_HOUR_S)

LISTS: dict[str, Words] = {
    "years": Numbers(range(1), 1_000),
    "months": Numbers(range(1), 1_000),
    "weeks": Numbers(range(2, 5), 1_000),
    "days": Numbers(range(2, 8), 10_000),
    "hours": Numbers(range(2, 100), 10_000),
    "minutes": Numbers(range(2, 100), 1_000_000),
    "seconds": Numbers(range(1, 100), 10_000_000),
    "rest": Numbers(range(5, 60, 5), 59),
    "small": Numbers(range(1, 25), 100),
    "digit": range(10),
    "span": tuple(_SPANS),
    "part": tuple(_PARTS),
}


def _one(unit: str, names: str) -> str:
    digits = f"point {{digit:{unit}_digit}}[ {{digit:{unit}_digit}}][ {{digit:{unit}_digit}}]"
    part = f"{{part:{unit}_part}}"
    count = f"{{{unit}}}"
    return f"({count}[ {digits}] ({names})[ {part}]|{digits} ({names})|{count} {part} ({names}))"


RULES = {
    "years": _one("years", "year|years"),
    "months": _one("months", "month|months"),
    "weeks": _one("weeks", "week|weeks"),
    "days": _one("days", "day|days"),
    "hours": _one("hours", "hour|hours|h|hr|hrs"),
    "minutes": _one("minutes", "minute|minutes|m|min|mins"),
    "seconds": _one("seconds", "second|seconds|s|sec|secs"),
    # "One minute thirty": what comes without a unit counts in the next smaller one.
    "short": (
        "(<hours>[[ and] (<minutes>|{span}|{rest})][[ and] (<seconds>|{rest})]"
        "|<minutes>[[ and] (<seconds>|{span}|{rest})]|<seconds>"
        "|{span}[[ and] (<minutes>|{span}|{rest})][[ and] <seconds>])"
    ),
    "duration": (
        "[(about|around|exactly|just|only|roughly) ]"
        "(<short>|(<years>|<months>|<weeks>|<days>)[[ and] (<short>|<days>)])"
    ),
}

_CLOCK_PARTS = "(fifteen|twenty|thirty|forty|forty five|fifty)"
SPOKEN_RULES = {
    "hours": "((one|an) hour|{hours} hours)",
    "minutes": "((one|a) minute|{minutes} minutes)",
    "more_minutes": "[and ]{minutes} minutes",
    "seconds": "{seconds} seconds",
    "duration": (
        "(<hours>[ <more_minutes>]|<minutes>[ [and ]<seconds>]|<seconds>"
        f"|(<hours>|<minutes>) {_CLOCK_PARTS}|(an hour|a minute) and a half"
        "|{small} and a half (hours|minutes)|[{small} ]point five hours|a couple of (hours|minutes)"
        "|(half|a quarter of|three quarters of) an hour|half a minute"
        "|(one|a) (day|week)|{days} days|{weeks} weeks)"
    ),
}
"""What recognisers with a grammar listen for. They bend a length that is missing here to one that
is not, so the ordinary ones are here, and also those that are too long for a timer."""


def seconds(slots: Iterable[tuple[str, str | int]]) -> float | None:
    """The length in a match's slots, None where none was said."""
    total: Fraction | None = None
    scale: dict[str, Fraction] = {}
    last_s = Fraction(0)
    """The unit that was said last."""
    for name, value in slots:
        unit, _, kind = name.partition("_")
        if name == "span":
            amount = _SPANS[str(value)]
            last_s = Fraction(_HOUR_S if amount >= _HOUR_S else 60)
        elif name == "rest":
            amount = int(value) * last_s / 60
            last_s /= 60
        elif unit not in _UNITS:
            continue
        else:
            last_s = Fraction(_UNITS[unit])
            if kind == "digit":
                scale[unit] = scale.get(unit, Fraction(1)) / 10
                amount = int(value) * scale[unit] * last_s
            else:
                amount = (_PARTS[str(value)] if kind == "part" else int(value)) * last_s
        total = amount if total is None else total + amount
    return None if total is None else float(total)


def _counts(duration_s: float) -> list[tuple[int, str]]:
    whole = max(0, round(duration_s))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "hour"), (minutes, "minute"), (left, "second")]
    return [part for part in parts if part[0]] or [(0, "second")]


def spoken(duration_s: float) -> str:
    """`1 hour and 30 minutes`."""
    return numbers.listed([numbers.counted(*part) for part in _counts(duration_s)])


def label(duration_s: float) -> str:
    """What stands before `timer`: `5 minute`, `1 hour 30 minute`."""
    return " ".join(f"{count} {unit}" for count, unit in _counts(duration_s))
