"""English as it is written, into words: rules from the special to the general."""

import re
import unicodedata
from functools import lru_cache

from marvin.tts.normalization import dates, quantities, words
from marvin.tts.normalization.numbers import cardinal, digits, number, ordinal, year
from marvin.tts.normalization.patterns import Match, Rule, amount, apply, rule


def spoken(text: str) -> str:
    """The text as it is read aloud; plain sentences stay as they are."""
    said = apply(_RULES, _NOT_ASCII.sub(lambda match: _plain(match[0]), text))
    if said == text:
        return text
    said = re.sub(r"[^\S\n]{2,}", " ", said).strip()
    said = re.sub(r"(?<=\w),(?=\w)", ", ", said)
    return re.sub(r"(?<=\w) (?=[,.;:!?](?:\s|$))|(?<=[(\[]) ", "", said)


_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOOKALIKES = {"\u2212": "-", "\u2011": "-", "\u2044": "/", "\u00a0": " ", "\u202f": " "}


@lru_cache(maxsize=1024)
def _plain(char: str) -> str:
    """Digits of all scripts and forms, and fractions, as ASCII has them."""
    if char in _LOOKALIKES:
        return _LOOKALIKES[char]
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if char in _RAISED or unicodedata.category(char) != "No":
        return char
    plain = unicodedata.normalize("NFKC", char).replace("\u2044", "/")
    return f" {plain}" if "/" in plain else plain


def _digit_groups(match: Match) -> str:
    groups = ", ".join(digits(group) for group in re.findall(r"\d+", match[0]))
    return f"plus {groups}" if match[0].startswith("+") else groups


def _ip_address(match: Match) -> str:
    return " dot ".join(digits(part) for part in match[0].split("."))


def _version(match: Match) -> str:
    parts = " point ".join(cardinal(part) for part in match[2].split("."))
    return f"{match[1].strip()} {parts}" if match[1] else parts


def _decade(match: Match) -> str:
    said = year(match[1]) if len(match[1]) == 4 else cardinal(match[1])
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


_SUM = re.compile(r"[=+×÷*^√²³]|\b(?:plus|minus|times|divided|power|squared|cubed|percent|root)\b")  # noqa: RUF001
"""Where there is one of these, four digits are a number rather than a year."""


def _year(match: Match) -> str:
    return match[0] if _SUM.search(match.string) else year(match[0])


def _years(match: Match) -> str:
    if _SUM.search(match.string):
        return match[0]
    last = year(match[2]) if len(match[2]) == 4 else cardinal(match[2])
    return f"{year(match[1])} to {last}"


_PARTS = {"2": "half", "4": "quarter"}


def _fraction(match: Match) -> str:
    whole, above, below = match[1], match[2], match[3]
    if (above, below) in (("24", "7"), ("9", "11")):
        return f"{cardinal(above)} {cardinal(below)}"
    if not 0 < int(above) < int(below) <= 20:
        said = f"{cardinal(above)} over {cardinal(below)}"
        return f"{cardinal(whole)} {said}" if whole else said
    part = _PARTS.get(below) or ordinal(below)
    if above != "1":
        part = "halves" if part == "half" else f"{part}s"
    if not whole:
        return f"{cardinal(above)} {part}"
    return f"{cardinal(whole)} and {'a' if above == '1' else cardinal(above)} {part}"


def _minus_or_to(match: Match) -> str:
    return " minus " if _SUM.search(match.string) else " to "


def _power(match: Match) -> str:
    named = {"²": " squared", "³": " cubed"}.get(match[0])
    plain = "".join(str(_RAISED.index(char)) for char in match[0])
    return named or f" to the power of {cardinal(plain)}"


_CODES: tuple[Rule, ...] = (
    rule(r"(?<![\w.,])\d{1,3}(?:\.\d{1,3}){3}(?![.,]?\w)", _ip_address),
    rule(r"(?<![\w.,])(v?)(\d+(?:\.\d+){2,})(?![.,]?\w)", _version),
    rule(
        r"\b((?:[Vv]ersion|[Rr]elease|v|Python|Ubuntu|Debian|Linux|Android|iOS|macOS|CUDA)\s?)"
        r"(\d+\.\d+)(?![.,]?\w)",
        _version,
    ),
    # Telephone numbers: with a country code, with a trunk 0, North American.
    rule(r"(?<![\w.,/+])\+\d[\d ().-]{5,20}\d(?!\w)", _digit_groups),
    rule(r"(?<![\w.,/:-])\(?0\d[\d ()/-]{4,18}\d(?![\w.:])", _digit_groups),
    rule(r"(?<![\w.,/-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])", _digit_groups),
    rule(r"(?<![\w.,/-])\d{3}-\d{4}(?![\w-])", _digit_groups),
)

_NUMBERS: tuple[Rule, ...] = (
    rule(r"{F}(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)\b", lambda match: ordinal(match[1])),
    rule(r"{F}(?:(\d{1,6}) )?(\d{1,3})/(\d{1,3})(?![\w/]|[.,]\d)", _fraction),
    rule(
        r"(?<![\w.,:/-])(1[1-9]\d\d|20\d\d)\s?[-–]\s?(1[1-9]\d\d|20\d\d|\d\d)(?![\w-]|[.,]\d)",  # noqa: RUF001
        _years,
    ),
    rule(
        r"(?i:(?<=\bin )|(?<=\bsince )|(?<=\bby )|(?<=\buntil )|(?<=\bfrom )|(?<=\byear )"
        r"|(?<=\baround )|(?<=\bbefore )|(?<=\bafter )|(?<=\bof ))"
        r"1(?:0[1-9]|[1-8]\d)\d(?![\w%]|[.,:/-]\d)",
        _year,
    ),
    rule(r"{F}(?<!-)(?:19|20)\d\d(?![\w%]|[.,:/-]\d)", _year),
    rule(r"{F}(\d+):(\d+)(?![\w:])", lambda match: f"{cardinal(match[1])} to {cardinal(match[2])}"),
    rule(
        r"{F}({N})[eE]([+-]?\d+)\b",
        lambda match: (
            f"{number(match[1])} times ten to the power of {number(match[2].lstrip('+'))}"
        ),
    ),
    rule(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", _power),
    rule(r"{A}(?!\w)", lambda match: amount(match[0])),
    rule(r"(?:(?<![\w)])-)?(?:{N}|(?<!\w)\.\d+)", lambda match: number(match[0])),
)

_RULES: tuple[Rule, ...] = (
    *words.ABBREVIATIONS,
    *words.ADDRESSES,
    *dates.RULES,
    *_CODES,
    rule(r"(?<=\d) - (?=\d)", _minus_or_to),
    rule(r"{F}((?:1\d|20)\d0)s\b", _decade),
    rule(r"(?:(?<=the )|(?<=early )|(?<=late )|(?<=mid-))['’]?(\d0)s\b", _decade),  # noqa: RUF001
    rule(r"(?<!\w)['’](\d0)s\b", _decade),  # noqa: RUF001
    *quantities.RULES,
    *words.SIGNS,
    *_NUMBERS,
    *words.LAST_SIGNS,
)
