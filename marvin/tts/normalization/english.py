"""Normalises English text, with rules from the most specific to the most general."""

import re
import unicodedata
from functools import lru_cache

from marvin.tts.normalization import abbreviations as words
from marvin.tts.normalization import codes, dates, quantities, ranges, roman, years
from marvin.tts.normalization.notation import Match, Rule, amount, apply, rule
from marvin.tts.normalization.number_words import cardinal, number, ordinal
from marvin.tts.normalization.unit_words import UNIT, unit


def normalize_english(text: str) -> str:
    """The text as it is read aloud; plain sentences are unchanged."""
    plain = _THIN_GROUPS.sub(lambda match: re.sub(r"\s", ",", match[0]), text)
    plain = roman.roman_to_digits(_MINUS.sub(" minus ", plain))
    said = apply(_RULES, _NOT_ASCII.sub(lambda match: _plain(match[0]), plain))
    if said == text:
        return text
    said = re.sub(r"[^\S\n]{2,}", " ", said).strip()
    said = re.sub(r"(?<=\w),(?=\w)", ", ", said)
    return re.sub(r"(?<=\w) (?=[,.;:!?](?:\s|$))|(?<=[(\[]) ", "", said)


_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOOKALIKES = {
    "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2044": "/",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ",
}  # fmt: skip
_THIN_GROUPS = re.compile(
    r"(?<![\w+.,])[1-9]\d{0,2}(?:[\u00a0\u202f\u2009\u2007]\d{3})+(?![\d\u00a0\u202f])"
)
_MINUS = re.compile(r"(?<=\d)\s?\u2212\s?(?=[\d(])")


@lru_cache(maxsize=1024)
def _plain(char: str) -> str:
    """Digits of every script, and fractions, in ASCII."""
    if char in _LOOKALIKES:
        return _LOOKALIKES[char]
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if unicodedata.decomposition(char).startswith("<square>"):
        return unicodedata.normalize("NFKC", char)
    if char in _RAISED or unicodedata.category(char) != "No":
        return char
    circled = unicodedata.decomposition(char).startswith("<circle>")
    plain = unicodedata.normalize("NFKC", char).replace("\u2044", "/")
    return f" {plain}" if "/" in plain or circled else plain


def _fraction(match: Match) -> str:
    whole, above, below = match[1], match[2], match[3]
    halves = int(above) + int(below) == 100 or above == below != "1"
    if (above, below) in (("24", "7"), ("9", "11")) or (halves and not whole):
        return f"{cardinal(above)} {cardinal(below)}"
    if not 0 < int(above) < int(below) <= 20:
        said = f"{cardinal(above)} over {cardinal(below)}"
        return f"{cardinal(whole)} {said}" if whole else said
    part = {"2": "half", "4": "quarter"}.get(below) or ordinal(below)
    if above != "1":
        part = "halves" if part == "half" else f"{part}s"
    if not whole:
        return f"{cardinal(above)} {part}"
    return f"{cardinal(whole)} and {'a' if above == '1' else cardinal(above)} {part}"


def _unit(match: Match) -> str:
    if not match[4]:
        return ""
    return f" {unit(match[4], one=not match[1] and int(match[2]) < int(match[3]))}"


def _power(match: Match) -> str:
    if match[0] in ("²", "³"):
        return " squared" if match[0] == "²" else " cubed"
    plain = "".join(str(_RAISED.index(char)) for char in match[0].lstrip("⁻"))
    minus = "minus " if match[0].startswith("⁻") else ""
    return f" to the power of {minus}{cardinal(plain)}"


_FRACTIONS: tuple[Rule, ...] = (
    rule(r"{F}(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)\b", lambda match: ordinal(match[1])),
    rule(
        r"(?<=rated )(\d{1,2})/(\d{1,2})\b|(?<=score of )(\d{1,2})/(\d{1,2})\b"
        r"|{F}(\d{1,2}(?:\.\d)?)/(\d{1,2})(?= (?:stars|points|score|rating)\b)",
        lambda match: " out of ".join(number(part) for part in match.groups() if part),
    ),
    rule(
        rf"{{F}}(?:(\d{{1,6}}) {{1,2}})?(\d{{1,3}})/(\d{{1,6}})(?:\s?({UNIT})(?!\w))?"
        r"(?![\w/]|[.,]\d)",
        lambda match: f"{_fraction(match)}{_unit(match)}",
    ),
)

_NUMBERS: tuple[Rule, ...] = (
    rule(r"{F}(\d+):(\d+)(?![\w:])", lambda match: f"{cardinal(match[1])} to {cardinal(match[2])}"),
    rule(
        r"{F}({N})[eE]\+?(-?\d+)\b",
        lambda match: f"{number(match[1])} times ten to the power of {number(match[2])}",
    ),
    rule(r"⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", _power),
    rule(r"{A}(?!\w|\.\d)", lambda match: amount(match[0])),
    rule(r"(?:(?<![\w)])-)?(?:{N}|(?<!\w)\.\d+)", lambda match: number(match[0])),
)

_RULES: tuple[Rule, ...] = (
    *roman.RULES,
    *words.ABBREVIATIONS,
    *words.ADDRESSES,
    dates.HALVES,
    *dates.NUMERIC,
    *ranges.SUMS,
    *codes.RULES,
    *ranges.GROUPS,
    *dates.RANGES,
    *ranges.RULES,
    *dates.RULES,
    *years.DECADES,
    *quantities.RULES,
    *words.SIGNS,
    *_FRACTIONS,
    *years.YEARS,
    *_NUMBERS,
    *words.LAST_SIGNS,
)
