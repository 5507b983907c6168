"""Lengths of time: how they are said to Marvin and how Marvin says them."""

from collections.abc import Iterable
from fractions import Fraction

from marvin.skills import numbers
from marvin.skills.patterns import Names, Numbers, Words

_WHOLE = {
    "an hour": 3600,
    "a minute": 60,
    "a second": 1,
    "half an hour": 1800,
    "a half hour": 1800,
    "half hour": 1800,
    "a quarter of an hour": 900,
    "quarter of an hour": 900,
    "three quarters of an hour": 2700,
    "an hour and a half": 5400,
    "an hour and a quarter": 4500,
    "a minute and a half": 90,
    "half a minute": 30,
    "a half minute": 30,
    "a quarter of a minute": 15,
}
_USUAL = ("an hour", "a minute", "half an hour", "an hour and a half")
_PARTS = {
    "and a half": Fraction(1, 2),
    "and a quarter": Fraction(1, 4),
    "and three quarters": Fraction(3, 4),
}
_UNITS = {"hours": 3600, "minutes": 60, "seconds": 1}

LISTS: dict[str, Words] = {
    "hours": Numbers(range(1, 25), 10_000),
    "minutes": Numbers(range(1, 100), 1_000_000),
    "seconds": Numbers(range(100), 10_000_000),
    "digit": range(10),
    "span": Names(_USUAL, tuple(span for span in _WHOLE if span not in _USUAL)),
    "part": tuple(_PARTS),
}


def _one(unit: str, names: str) -> str:
    digits = f" point {{digit:{unit}_digit}}[ {{digit:{unit}_digit}}]"
    part = f"{{part:{unit}_part}}"
    return f"{{{unit}}}([{digits}] ({names})[ {part}]| {part} ({names}))"


RULES = {
    "hours": _one("hours", "hour|hours|h|hr|hrs"),
    "minutes": _one("minutes", "minute|minutes|min|mins"),
    "seconds": "{seconds} (second|seconds|sec|secs)",
    "duration": (
        "(<hours>[[ and] (<minutes>|{span})][[ and] <seconds>]|<minutes>[[ and] <seconds>]"
        "|<seconds>|{span}[[ and] <minutes>][[ and] <seconds>])"
    ),
}

SPOKEN_RULES = {
    "hours": "{hours} (hour|hours)",
    "minutes": "{minutes} (minute|minutes)",
    "seconds": "{seconds} seconds",
    "duration": "(<hours>[ and <minutes>]|<minutes>[ and <seconds>]|<seconds>|{span})",
}
"""What recognisers with a grammar listen for."""


def seconds(slots: Iterable[tuple[str, str | int]]) -> float | None:
    """The length in a match's slots, None where none was said."""
    total: Fraction | None = None
    scale: dict[str, Fraction] = {}
    for name, value in slots:
        unit, _, kind = name.partition("_")
        if name == "span":
            amount = Fraction(_WHOLE[str(value)])
        elif unit not in _UNITS:
            continue
        elif kind == "digit":
            scale[unit] = scale.get(unit, Fraction(1)) / 10
            amount = int(value) * scale[unit] * _UNITS[unit]
        elif kind == "part":
            amount = _PARTS[str(value)] * _UNITS[unit]
        else:
            amount = Fraction(int(value)) * _UNITS[unit]
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
