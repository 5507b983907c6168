"""Numbers that are not quantities: telephone and card numbers, addresses, versions. Mostly read
digit by digit.
"""

import re

from marvin.tts.normalization.notation import Match, Rule, near, rule
from marvin.tts.normalization.number_words import cardinal, digits


def _digit_groups(match: Match) -> str:
    groups = ", ".join(digits(group) for group in re.findall(r"\d+", match[0]))
    return f"plus {groups}" if match[0].startswith("+") else groups


def _three_groups(match: Match) -> str:
    """`30-60-90 triangle` has three quantities; `12-34-56` is a code."""
    if match["rule"]:
        return " ".join(map(cardinal, re.findall(r"\d+", match["groups"]))) + match["rule"]
    return _digit_groups(match)


def _local_number(match: Match) -> str:
    """`555-1234`; but `100-2000 Hz` is a range."""
    first, last = match[0].split("-")
    if last.endswith("00") and int(first) < int(last):
        return f"{first} to {last}"
    return _digit_groups(match)


def _ip_address(match: Match) -> str:
    parts = match["parts"].split(".")
    if any(int(part) > 255 for part in parts) or all(len(part) == 3 for part in parts[1:]):
        return match[0]
    said = " dot ".join(map(digits, parts))
    if match["port"]:
        said += f" port {digits(match['port'])}"
    return f"{said} slash {cardinal(match['mask'])}" if match["mask"] else said


def _colons(match: Match) -> str:
    """IPv6 and MAC addresses."""
    return " colon ".join(" ".join(group).upper() for group in match[0].split(":"))


def _version(match: Match) -> str:
    """`v2.3.1`, `Python 3.11-3.14`."""
    name, *versions = match.groups()
    said = (" point ".join(map(cardinal, parts.split("."))) for parts in versions if parts)
    return f"{name.strip()} {' to '.join(said)}".strip()


def _digits_after(match: Match) -> str:
    space = " " if match[1][-1].isalnum() else ""
    return match[1] + space + re.sub(r"\d+", lambda group: digits(group[0]), match[2])


_HELP = re.compile(r"\b(?:emergenc(?:y|ies)|ambulance|police|fire (?:brigade|department))\b")


def _emergency(match: Match) -> str:
    return digits(match[0]) if near(match, _HELP) else match[0]


_NO_COUNT = (
    r"(?![\w%-]|[.,:/]\d| (?:times|people|[a-z]+ings?|(?!(?:as|us|is|this|days)\b)[a-z]+s)\b)"
)
"""No countable noun follows."""
_OR_MORE = rf"\d{{3,}}(?:(?:(?:,| or| and|, or|/)\s?| )\d{{3,}})*{_NO_COUNT}"
_SECRETS = (
    r"(?:PIN|pin|OTP|[Pp]ass(?:word|code)|(?<!error )(?<!source )[Cc]ode|ZIP|[Zz]ip(?: code)?"
    r"|[Pp]ost(?:al )?code|[Ee]xtension|[Ff]light(?: [A-Z]{2})?|[Ee]rror|HTTP|[Ss]tatus|[Pp]orts?"
    r"|ID|(?:[Aa]ccount|[Oo]rder|[Tt]icket|[Pp]hone|[Cc]onfirmation|[Rr]eference|[Cc]ard|[Ss]erial"
    r"|[Tt]racking|[Cc]ase|[Ii]nvoice|[Mm]ember)(?: number| no\.?| ID| #|(?= is)))"
)

RULES: tuple[Rule, ...] = (
    rule(
        r"(?<![\w.,])(?P<parts>\d{1,3}(?:\.\d{1,3}){3})(?!\.?\d)(?::(?P<port>\d{1,5})(?!\d))?"
        r"(?:/(?P<mask>\d\d?)(?!\d))?(?!\.\d)",
        _ip_address,
    ),
    rule(
        r"(?<![\w:])(?=[\d:]*[a-fA-F]|\w*::)(?:[\da-fA-F]{0,4}:){2,7}[\da-fA-F]{1,4}(?![\w:])",
        _colons,
    ),
    rule(r"(?<=[a-z\]]):(\d{2,5})(?![\w:]|[.,]\d)", lambda match: f" port {digits(match[1])}"),
    rule(r"(?<![\w.,])(v?)(\d+(?:\.(?!\d{3}\b)\d+){2,})(?![.,]?\w)", _version),
    rule(
        r"\b((?:[Vv]ersions?|[Rr]elease|v|Python|Ubuntu|Debian|Linux|Android|iOS|macOS|CUDA|USB)"
        r"\s?)(\d+\.\d+)(?:{D}(\d+\.\d+))?(?![.,]?\w)",
        _version,
    ),
    # Telephone numbers: with a country code, with a leading 0, North American.
    rule(r"(?<![\w.,/+])\+\d[\d ().-]{5,20}\d(?!\w)", _digit_groups),
    rule(r"(?<![\w.,/:$€£-])(?<!\d )\(?0\d[\d ()/-]{4,18}\d(?![\w.:])", _digit_groups),
    rule(r"(?<![\w.,/$€£-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])", _digit_groups),
    rule(r"(?<![\w.,/$€£-])\d{3}-\d{4}(?![\w-])", _local_number),
    rule(r"(?<![\w.,/:$€£-])\d{3} (?!000)0?\d{4}(?![\w-]|[.,]\d| \d)", _digit_groups),
    rule(r"(?<![\w.,/-])1[- ](?:8\d\d|900)[- ](?=[A-Z]{3})", _digit_groups),
    rule(
        r"\b([Tt]ext [A-Z]+ to |[Aa]ccount |(?<![A-Z] )[A-Z]{2} )(\d{5,})(?![\w,.]*\d)",
        _digits_after,
    ),
    rule(r"(?<![\w.,])(\d{3})(?= errors?\b)", lambda match: digits(match[1])),
    rule(r"\b(Boeing )(7\d7-\d+)", lambda match: match[1] + _digit_groups(match)),
    # Cards, bank accounts, sort codes, ISBNs, social security numbers.
    rule(r"(?<![\w.,/$€£-])\d{4}(?:[ -]\d{4}){2,5}(?: \d{1,3})?(?![\w-])", _digit_groups),
    rule(
        r"(?<![\w.,/:$€£-])(?P<groups>\d{1,6}(?:-\d{1,6}){2,5})(?: \d{6,}\b)?(?![\w-]|[.,/:]\d)"
        r"(?P<rule> (?:rule|triangle|split|plan|diet|method|budget|schedule|record)\b)?",
        _three_groups,
    ),
    rule(rf"\b([Dd]ial(?:ing|ling|s|ed)? )({_OR_MORE})", _digits_after),
    rule(rf"\b({_SECRETS}(?: is| to|:)? ?)(?<![\d.])({_OR_MORE})", _digits_after),
    rule(
        rf"\b((?:[Cc]all|[Rr]ing|[Pp]hone|[Tt]ext|[Cc]ontact)(?:ing|s|ed)? )({_OR_MORE})(?=\W*$"
        r"|[.,;!?]|\W+(?:for|if|to|or|and|now|at|when|from|in|immediately|right|instead)\b)",
        _digits_after,
    ),
    rule(
        r"\b((?:[Cc]ard|[Aa]ccount|[Nn]umber)\b[^.\d]{0,40}\bend(?:s|ing) in )(\d{3,4})\b",
        _digits_after,
    ),
    rule(rf"(?<![\w.,/:$€£-])(?:112|999|110|118|000){_NO_COUNT}", _emergency),
    rule(rf"(?<![\w.,/:$€£-])(911)(?<!Porsche 911){_NO_COUNT}", lambda match: digits(match[1])),
)
