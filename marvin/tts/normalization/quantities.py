"""Money, percentages and units."""

from marvin.tts.normalization.numbers import number
from marvin.tts.normalization.patterns import Match, Rule, amount, rule
from marvin.tts.normalization.units import CODE, MONEY, SCALE, SCALES, SIGN, UNIT, unit


def _money(match: Match) -> str:
    one, many, one_cent, many_cents = MONEY[match["unit"]]
    said, scale = match["amount"], match["scale"]
    minus = "minus " if match["minus"] else ""
    if scale:
        return f"{minus}{amount(said)} {SCALES[scale.lower()]} {many}"
    whole, point, cents = said.partition(".")
    if not point or len(cents) != 2 or not cents.isdecimal() or "-" in whole:
        return f"{minus}{amount(said)} {one if said == '1' else many}"
    parts = []
    if whole.strip("0") or cents == "00":
        parts.append(f"{number(whole)} {one if whole == '1' else many}")
    if cents != "00":
        parts.append(f"{number(str(int(cents)))} {one_cent if cents == '01' else many_cents}")
    return minus + " and ".join(parts)


def _unit(match: Match) -> str:
    said = f"{amount(match['amount'])} {unit(match['unit'], one=match['amount'] in ('1', '-1'))}"
    return f"{said} per {unit(match['per'], one=True)}" if match["per"] else said


_AMOUNT_OF_MONEY = r"(?P<amount>{N}(?:\s?[-–]\s?{N})?)"  # noqa: RUF001
_SCALE = rf"(?:\s?(?P<scale>{SCALE})\b)?"
_MINUS = r"(?:(?<![\w)])(?P<minus>-))?"

RULES: tuple[Rule, ...] = (
    rule(
        rf"{_MINUS}(?<![A-Za-z])(?P<unit>{SIGN})\s?{_AMOUNT_OF_MONEY}{_SCALE}",
        _money,
        any_case=True,
    ),
    rule(rf"{{F}}{_MINUS}{_AMOUNT_OF_MONEY}{_SCALE}\s?(?P<unit>{SIGN})(?!\w)", _money),
    rule(rf"{{F}}{_MINUS}{_AMOUNT_OF_MONEY}{_SCALE} (?P<unit>{CODE})\b", _money),
    rule(r"\b(?P<unit>" + CODE + rf") (?P<minus>-)?{_AMOUNT_OF_MONEY}{_SCALE}", _money),
    rule(
        rf"\b(dollars?|cents?|euros?|pounds?|pence|yen)/({UNIT})(?![\w²³/])",
        lambda match: f"{match[1]} per {unit(match[2], one=True)}",
    ),
    rule(r"({A})\s?%", lambda match: f"{amount(match[1])} percent"),
    rule(r"({A})\s?‰", lambda match: f"{amount(match[1])} per mille"),
    rule(
        r"{F}(\d)['′]\s?(\d\d?)[\"″]",  # noqa: RUF001
        lambda match: f"{number(match[1])} foot {number(match[2])}",
    ),
    rule(
        rf"(?P<amount>{{A}})[\s-]?(?P<unit>{UNIT})(?:/(?P<per>{UNIT}))?(?![\w²³/]|[-.]\w)",
        _unit,
    ),
)
