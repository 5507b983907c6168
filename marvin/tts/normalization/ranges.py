"""Ranges: where a dash means `to`, and where it is a minus sign."""

import re

from marvin.tts.normalization.notation import SUM, Match, Rule, near, rule
from marvin.tts.normalization.unit_words import CODE, SCALE, SIGN, UNIT


def _minus_or_to(match: Match) -> str:
    return f"{match[1]}{' minus ' if near(match, SUM) else ' to '}"


def _to(match: Match) -> str:
    return f"{match[1] or match[2]} to "


def _minus(match: Match) -> str:
    return re.sub(r"(?<=[\d) ])\s?[-–]\s?(?=[\d(-])", " minus ", match[0])  # noqa: RUF001


_CLOCK = r"\d{1,2}(?:[:.]\d\d)?\s?(?i:[ap]\s?m\b)|\d{1,2}:\d\d(?::\d\d)?"
_LATER = r"noon|midnight|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\b"
_PRICE = rf"(?:{SIGN})\s?{{N}}(?:\s?{SCALE}\b)?"
_MEASURE = (
    rf"(?:{{N}}\s?(?:{UNIT}|%|‰|{SIGN}|(?:{CODE}|{SCALE})\b|st\b|nd\b|rd\b|th\b|[FC]\b|['′″\"])"  # noqa: RUF001
    rf"|(?:1\d|20)?\d0s\b|{_CLOCK})"
)

_TERM = r"\(?-?\d[\d.,]*\)?"
_SIGNS = r"\s?[-–+*/×÷^]\s?"  # noqa: RUF001

SUMS: tuple[Rule, ...] = (
    rule(rf"(?<![\w.,:(-]){_TERM}(?:{_SIGNS}{_TERM}){{1,20}}(?=\s?=)", _minus),
    rule(rf"(?<==)\s?-?\d[\d.,]*(?:{_SIGNS}{_TERM}){{1,20}}", _minus),
    rule(
        r"(?<![\w.,:-])(\d+)-(\d+)(?= (?:is|equals|makes) -?\d+[.?!]?$)"
        r"|(?i:(?<=^what is )|(?<=^what's ))(\d+)-(\d+)(?=\?$)",
        _minus,
    ),
    rule(
        r"(?:(?<=\b[a-z])|(?<=\d[a-z])) ?- ?(?=(?:\d|[a-z]\b)[^=]{0,80}=)"
        r"|(?<=[=] [a-z]) ?- ?(?=\w)",
        " minus ",
    ),
)
"""Applied before any part of a sum is taken for a range."""


def _european(match: Match) -> str:
    """`1.234,50` as `1,234.50`."""
    return match[0].strip().translate(str.maketrans("., ", ",.,"))


def _grouped(match: Match) -> str:
    """`1'234'567` as `1,234,567`; too many digits stay a sequence of digits."""
    plain = re.sub(r"\D", "", match[0])
    return f"{int(plain):,}" if len(plain) <= 15 else plain


def _with_spaces(match: Match) -> str:
    """`12 500 km`, `$1 234`, `5 000`; but `100 200 300` may be three numbers."""
    before = match.string[max(0, match.start() - 2) : match.start()].strip()[-1:]
    after = match.string[match.end() : match.end() + 24]
    first, *rest = match[0].split()
    certain = (len(first) < 3 and len(rest) > 1) or rest[-1] == "000"
    if certain or (before and before in "$€£¥₹") or _COUNTED.match(after):
        return _grouped(match)
    return match[0]


_COUNTED = re.compile(rf"\s?(?:[%€£$°]|(?:{UNIT}|{CODE})\b)|\s(?:people|[a-z]{{2,}}s)\b")

GROUPS: tuple[Rule, ...] = (
    rule(r"(?<=\d)[.,][-–]+(?!\S)", ""),  # noqa: RUF001
    # 1'234, 1_234, 1.234.567; the Indian 12,34,567; 12 500 km; 1.234,50.
    rule(r"(?<![\w.,])\d{1,3}(?:[. ]\d{3})+,\d\d?(?!\w|[,.]\d)", _european),
    rule(
        r"(?<![\w.,])\d{1,3}(?:\.\d{3}(?=\s?€(?!/| per| pro))"
        r"|\.000(?= (?:people|inhabitants|residents|users|visitors|steps|followers)))",
        _grouped,
    ),
    rule(
        r"(?<![\w.,+/:'’-])\d{1,3}(?:(?:['’_]\d{3})+|(?:\.\d{3}){2,})(?![\w'’]|\.\d{3})",  # noqa: RUF001
        _grouped,
    ),
    rule(r"(?<![\w.,+/:-])[1-9]\d?(?:,\d\d)+,\d{3}(?!\w|[.,]\d)", _grouped),
    rule(r"(?<![\w.,+/:-])(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?!\w| \d|[,.:/]\d|-\d)", _with_spaces),
    rule(rf"(?<![\w.,])\d+,\d\d?(?=\s?(?:[€%]|(?:{UNIT}|EUR|CHF|euros?)(?!\w)))", _european),
    rule(r"(?<=€)\s?(?:\d{1,3}(?:\.\d{3})+|\d+),\d\d(?!\w|[,.]\d)", _european),
    rule(r"(?<=€)\s?\d{1,3}\.\d{3}(?![\w,/]|\.\d| per| a )", _grouped),
)

RULES: tuple[Rule, ...] = (
    # $5k-10k, $1-$2 million, -10--5.
    rule(rf"((?:{SIGN})\s?{{N}})({SCALE})({{D}})(?:{SIGN})?({{N}})\2\b", r"\1\3\4\2"),
    rule(rf"({SIGN})({{N}}{{D}})\1(?={{N}}\s?{SCALE}\b)", r"\1\2"),
    rule(r"(?<=\d)\s?[-–]\s?-(?=\d)", " to -"),  # noqa: RUF001
    rule(rf"(?<![\w.,/:])(?<!\w-)({_MEASURE}){{D}}(?=-?\d|(?:{SIGN})\s?\d)", _minus_or_to),
    rule(rf"({_PRICE}){{D}}(?=(?:{SIGN})\s?\d)", _minus_or_to),
    rule(rf"(?<![\w.,/:-])({{N}}){{D}}(?=(?:{SIGN})\s?\d|{_CLOCK})", _minus_or_to),
    rule(rf"\b([Nn]oon|[Mm]idnight){{D}}(?=\d)|({_CLOCK}){{D}}(?={_LATER})", _to),
    rule(r"(?<![\w.,/:-])(\d+/\d+){D}(?=\d+/\d+)(?!\d+/\d+/)", r"\1 to "),
    rule(r"(?<=\d)() - (?=\d)", _minus_or_to),
)
