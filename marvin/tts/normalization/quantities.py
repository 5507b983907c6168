"""Money, percentages and units."""

import re

from marvin.tts.normalization.notation import Match, Rule, amount, near, one_of, rule
from marvin.tts.normalization.number_words import number
from marvin.tts.normalization.unit_words import CODE, MONEY, SCALE, SCALES, SIGN, UNIT, UNITS, unit


def _money(match: Match) -> str:
    one, many, one_cent, many_cents = MONEY[match["unit"]]
    if _is_adjective(match):
        many = one
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
    one = match["amount"] in ("1", "-1") or _is_adjective(match)
    said = f"{amount(match['amount'])} {unit(match['unit'], one=one)}"
    per = match["per"]
    if not per:
        return said
    return f"{said} per {_per(per)}"


def _per(symbol: str) -> str:
    if symbol in UNITS or symbol[-1] in "²³23":
        return unit(symbol, one=True)
    return "month" if symbol == "mo" else symbol


_TIMES = {"w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}


def _duration(match: Match) -> str:
    """`1h 30m`, `2h30`, `1d 4h`, `5m30s`."""
    parts = []
    for count, letter in _PART_OF_DURATION.findall(match[0]):
        name = _TIMES[letter] if letter else "minute"
        parts.append(f"{number(count)} {name if count == '1' else f'{name}s'}")
    return " ".join(parts)


def _angle(match: Match) -> str:
    said = f"{number(match[1])} degrees {number(match[2].lstrip('0'))} minutes"
    if match[3]:
        said += f" {number(match[3].lstrip('0'))} seconds"
    return f"{said} {_DIRECTIONS[match[4]]}" if match[4] else said


def _inches(match: Match) -> str:
    """`24"`, unless the mark closes a quotation."""
    if match.string.count('"', max(0, match.start() - 200), match.end() + 200) % 2 == 0:
        return match[0]
    before_noun = _PLACE_BEHIND.match(match.string[match.end() : match.end() + 8])
    return f"{number(match[1])} {'inch' if before_noun or match[1] == '1' else 'inches'}"


_DIRECTIONS = {"N": "north", "S": "south", "E": "east", "W": "west"}


def _minutes(match: Match) -> str:
    """`in 20m`; but `in 200m, turn left` is a distance."""
    return match[0] if near(match, _WAY) else f"{match[1]} minutes"


def _some_minutes(match: Match) -> str:
    adjective = match.string.startswith((" timer", " break"), match.end())
    return f"{match[1]} {'minute' if match[1] == '1' or adjective else 'minutes'}"


_PART_OF_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s?([wdhms]?)[a-z]*")
_WAY = re.compile(
    r"\b(?:turn|exit|keep|metres?|meters?|swim|sprint|deep|wide|long|tall|high|roundabout|onto|ahead)\b"
)
_W, _D = r"\d+\s?w(?:ks?|eeks?)?", r"\d+\s?d(?:ays?)?"
_H, _M = r"\d+\s?h(?:rs?|ours?)?", r"\d+\s?m(?:ins?)?"
_S = r"\d+(?:\.\d+)?\s?s(?:ecs?)?"
_AND = r"(?:,? and |,? ?)"
_DURATION = (
    rf"(?<![\w.,:/$€£-])(?:{_W}{_AND}{_D}|(?:{_W}{_AND})?{_D}{_AND}{_H}(?:{_AND}{_M})?"
    rf"|{_H}{_AND}{_M}(?:{_AND}{_S})?|{_H}{_AND}{_S}|{_M}{_AND}{_S}|\d+h[0-5]\d)(?![\w²³/])"
)
_COUNTABLE = one_of(
    "views followers users subscribers people downloads copies likes streams players customers "
    "dollars euros pounds visitors records rows parameters tokens years jobs residents inhabitants "
    "members homes households units votes hits lines items files words times fans viewers visits "
    "impressions sales deaths cases tonnes tons barrels children women men voters workers readers "
    "listeners requests messages emails posts photos tweets comments plays clicks shares steps "
    "employees students tourists passengers refugees cars trees books songs stars points"
)
_TEMPERATURE = (
    r"(?<![\w.,/:$€£])(?<!\d )(?i:(?<!seat )(?<!row )(?<!gate )(?<!apt )(?<!unit )(?<!room )"
    r"(?<!size )(?<!flat )(?<!bus )(?<!type )(?<!apartment )(?<!group )(?<!page )(?<!exit ))"
    r"((?:(?<!\w)-)?[1-9]\d{1,2}(?:{D}[1-9]\d{1,2})?) ?([CF])(?=[.,;:!?)/](?!\w)|$"
    r"| (?:outside|inside|today|tonight|tomorrow|and|or|to|in|with|at|now|right|this|is|on|for|by"
    r"|oven)\b)"
)

_PER = "day|week|month|year|night|person|serving|piece|mo"
_PLACE_BEHIND = re.compile(r"[ -](?!(?:and|or|to|in|for|is|of|at|on|each|per|from|a|an)\b)[a-z]")


def _is_adjective(match: Match) -> bool:
    """`a $5 bill`, `a 90° turn`: spoken in the singular."""
    start = match.start()
    before = match.string[max(0, start - 3) : start].lower()
    return before.endswith((" a ", " an ")) | (before in ("a ", "an ")) and bool(
        _PLACE_BEHIND.match(match.string[match.end() : match.end() + 8])
    )


_AMOUNT_OF_MONEY = r"(?P<amount>{N}(?:\s?[-–]\s?{N})?)"  # noqa: RUF001
_SCALE = rf"(?:\s?(?P<scale>(?i:{SCALE}))\b)?"
_MINUS = r"(?:(?<![\w)])(?P<minus>-))?"

RULES: tuple[Rule, ...] = (
    # Lengths, counts, temperatures: the possible meanings of a single letter.
    rule(_DURATION, _duration),
    rule(
        rf"{{F}}({{N}})\s?(k|K|[mM]|bn|[bB]|tn)(?= {_COUNTABLE}\b)",
        lambda match: f"{match[1]} {SCALES[match[2].lower()]}",
    ),
    rule(
        r"{F}({N})\s?m(?= (?:ago|left|later|remaining|to go|timer|break|from now)\b)", _some_minutes
    ),
    rule(r"(?i:(?<=\bin )|(?<=\bfor )|(?<=\bevery )|(?<=\bafter ))(\d\d?)m\b(?![²³/])", _minutes),
    rule(r"(?<=\d)\s?fl\.?\s?oz\b\.?", " floz"),
    rule(r"(?<=\d)\s?(?:ft|feet)\s(\d\d?)\s?in\b\.?(?! the| a | my)", r" feet \1 inches"),
    rule(r"{F}({N})\s?in(?=[.,;]?$| (?:long|wide|tall|high|deep|thick|screen)\b)", r"\1 inches"),
    rule(
        r"{F}(\d{1,2})'(?= to \d)|(?<=' to )(\d{1,2})'(?![\d\s]*\d)",
        lambda match: f"{match[1] or match[2]} feet",
    ),
    rule(_TEMPERATURE, r"\1°\2"),
    rule(
        r"(?<=[a-zA-Z])[ ·⋅](s|m)⁻([¹²³])(?!\w)", lambda match: f"/{match[1]}{match[2]}".rstrip("¹")
    ),
    rule(
        r"{F}({N})°\s?(\d\d?)['′]\s?(?:({N})[\"″])?(?:\s?([NSEW])\b)?",  # noqa: RUF001
        _angle,
    ),
    rule(r"(?<=\d°)\s?([NSEW])\b", lambda match: f" {_DIRECTIONS[match[1]]}"),
    rule(r"(?<=\d)\s?x\s?(?=\d+(?:\.\d+)?\s?=)", " times "),
    rule(
        r"(?<![\d.])([1-9]\d*)x(\d+)(?:x(\d+))?\b(?!\s?=)",
        lambda match: " by ".join(number(size) for size in match.groups() if size),
    ),
    rule(
        r"(?!0x)({A})x(?!\w|\s?[-+*/=^²]| (?:minus|plus))",
        lambda match: f"{amount(match[1])} times",
    ),
    rule(
        rf"(?P<amount>{{A}})\s?(?P<unit>{UNIT})/(?=\d+ (?:{UNIT})(?!\w))",
        lambda match: f"{amount(match['amount'])} {unit(match['unit'], one=False)} per ",
    ),
    rule(r"{F}(?<!['′])(?<!['′] )(\d{1,2}(?:\.\d)?)\"(?= [a-z]|[.,]?$)", _inches),  # noqa: RUF001
    rule(
        rf"(10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+) ({UNIT})(?![\w²³/])",
        lambda match: f"{match[1]} {unit(match[2], one=False)}",
    ),
    # Money.
    rule(r"(?<=[$€£])\.(?=\d\d\b)", "0."),
    rule(
        r"\$({N}) (?=USD\b)|\$({N}) (?=(?:US|CA|AU)D\b)", lambda match: f"{match[1] or match[2]} "
    ),
    rule(
        r"(?<![\w.,:/])(\d\d?)p\b",
        lambda match: f"{number(match[1])} {'penny' if match[1] == '1' else 'pence'}",
    ),
    rule(r"\bUS \$(?=\d)", "US$"),
    rule(rf"({SIGN})-(?=\d)", r"-\1"),
    rule(rf"{_MINUS}(?<![A-Za-z])(?P<unit>{SIGN})\s?{_AMOUNT_OF_MONEY}{_SCALE}", _money),
    rule(rf"{{F}}{_MINUS}{_AMOUNT_OF_MONEY}{_SCALE}\s?(?P<unit>{SIGN})(?!\w)", _money),
    rule(rf"{{F}}{_MINUS}{_AMOUNT_OF_MONEY}{_SCALE} (?P<unit>{CODE})\b", _money),
    rule(r"\b(?P<unit>" + CODE + rf") ?(?P<minus>-)?{_AMOUNT_OF_MONEY}{_SCALE}", _money),
    rule(
        rf"\b(dollars?|cents?|euros?|pounds?|pence|yen)/({UNIT}|mo)(?![\w²³/])",
        lambda match: f"{match[1]} per {_per(match[2])}",
    ),
    rule(r"({A})\s?%", lambda match: f"{amount(match[1])} percent"),
    rule(r"({A})\s?‰", lambda match: f"{amount(match[1])} per mille"),
    rule(
        r"{F}(\d)['′]\s?(\d\d?)[\"″]",  # noqa: RUF001
        lambda match: f"{number(match[1])} foot {number(match[2])}",
    ),
    rule(
        rf"(?P<amount>{{A}})[\s-]?(?P<unit>{UNIT})(?:/(?P<per>{UNIT}|{_PER}))?(?:\.(?= [a-z]))?"
        r"(?![\w²³/]|[-.]\w)",
        _unit,
    ),
)
