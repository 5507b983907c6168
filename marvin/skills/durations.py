"""Durations: how users say them and how Marvin says them."""

from collections.abc import Iterable
from fractions import Fraction

from marvin.languages.translation import spoken
from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import Numbers, Words

_HOUR_S, _DAY_S = 3600, 86_400
_UNITS = {
    "years": 365 * _DAY_S,
    "months": 30 * _DAY_S,
    "fortnights": 14 * _DAY_S,
    "weeks": 7 * _DAY_S,
    "days": _DAY_S,
    "hours": _HOUR_S,
    "minutes": 60,
    "seconds": 1,
}
"""Durations too long for a timer are understood too, so that the refusal can say so."""
_ABBREVIATIONS = {"hours": "|h|hr|hrs", "minutes": "|m|min|mins", "seconds": "|s|sec|secs"}
_SHARES = {
    share: value
    for share, value in numbers.SHARES.items()
    if value.denominator <= 4 and not share.startswith("one ")
}
_PARTS = {f"and {share}": value for share, value in _SHARES.items()}


def _spans() -> dict[str, Fraction]:
    """Durations without a number: `an hour and a half`, `a quarter of an hour`."""
    spans = {
        f"another {unit}": Fraction(_UNITS[f"{unit}s"]) for unit in ("second", "minute", "hour")
    }
    for units, length_s in _UNITS.items():
        unit = units.removesuffix("s")
        one = f"an {unit}" if unit == "hour" else f"a {unit}"
        spans[one] = Fraction(length_s)
        for share, value in _SHARES.items():
            for whole in (one, unit):
                spans[f"{whole} and {share}"] = length_s * (1 + value)
            for part in (f"of {one}", one, unit):
                spans[f"{share} {part}"] = length_s * value
    return spans


_SPANS = _spans()

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


def _one(unit: str) -> str:
    names = f"{unit.removesuffix('s')}|{unit}{_ABBREVIATIONS.get(unit, '')}"
    digits = f"point {{digit:{unit}_digit}}[ {{digit:{unit}_digit}}][ {{digit:{unit}_digit}}]"
    part = f"{{part:{unit}_part}}"
    count = f"{{{unit}}}"
    return f"({count}[ {digits}] ({names})[ {part}]|{digits} ({names})|{count} {part} ({names}))"


RULES = {unit: _one(unit) for unit in _UNITS if unit in LISTS} | {
    # "One minute thirty": a number without a unit counts in the next smaller one.
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
"""The durations that recognisers with a grammar listen for. They mistake an unknown duration for a
known one, so the common ones are here, including some too long for a timer.
"""


def seconds(slots: Iterable[tuple[str, str | int]]) -> float | None:
    """The duration in a match's slots, if any."""
    total: Fraction | None = None
    scale: dict[str, Fraction] = {}
    last_s = Fraction(0)  # The last unit.
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
            if kind == "exact":
                amount = Fraction(str(value)) * last_s
            elif kind == "digit":
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


def spoken_duration(duration_s: float) -> str:
    """`1 hour and 30 minutes`."""
    return numbers.listed([numbers.counted(*part) for part in _counts(duration_s)])


def label(duration_s: float) -> str:
    """Before a noun: `5 minute`, `1 hour 30 minute`. Other languages have it behind the noun."""
    if spoken():
        return spoken_duration(duration_s)
    return " ".join(f"{count} {unit}" for count, unit in _counts(duration_s))
