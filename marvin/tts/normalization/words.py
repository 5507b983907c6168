"""Abbreviations, addresses and signs of English."""

import re
from functools import partial

from marvin.tts.normalization.patterns import Match, Rule, rule

_TITLES = {
    "Dr": "Doctor", "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Prof": "Professor",
    "St": "Saint", "Gen": "General", "Col": "Colonel", "Capt": "Captain", "Sgt": "Sergeant",
    "Lt": "Lieutenant", "Rev": "Reverend", "Sen": "Senator", "Gov": "Governor", "Mt": "Mount",
}  # fmt: skip
_STREETS = {"St": "Street", "Ave": "Avenue", "Rd": "Road"}
_BEFORE_NUMBERS = {
    "no": "number", "nos": "numbers", "fig": "figure", "vol": "volume", "ch": "chapter",
    "sec": "section", "pp": "pages", "p": "page", "max": "maximum", "min": "minimum",
    "approx": "approximately", "ca": "about", "ext": "extension", "eq": "equation",
}  # fmt: skip
_ANYWHERE = {
    r"e\.\s?g": "for example", r"i\.\s?e": "that is", "etc": "et cetera", "vs": "versus",
    "approx": "approximately", "incl": "including", "excl": "excluding", "dept": "department",
}  # fmt: skip
"""With their full stop; the last one of a text may be the sentence's own and stays."""
_SIGNS = {
    "&": "and", "+": "plus", "=": "equals", "%": "percent", "@": "at", "×": "times",  # noqa: RUF001
    "÷": "divided by", "±": "plus or minus", "≈": "about", "≤": "is at most", "≥": "is at least",
    "≠": "is not", "->": "to", "=>": "to", "→": "to", "⇒": "to", "<=": "is at most",
    ">=": "is at least", "!=": "is not", "==": "equals", "<": "is less than",
    ">": "is greater than", "√": "square root of", "∞": "infinity", "°": "degrees",
    "§": "section", "^": "to the power of", "№": "number", "$": "dollars", "€": "euros",
    "£": "pounds", "¥": "yen", "©": "", "®": "", "™": "", "_": "", "\\": "", "|": ",",
    "~": "", "*": "", "#": "", "/": "",
}  # fmt: skip
_MARKS = {".": " dot ", "@": " at ", "_": " underscore ", "-": " dash ", "+": " plus "}


def _address(match: Match) -> str:
    return re.sub(r"[.@_+-]", lambda mark: _MARKS[mark[0]], match[0])


def _sign(match: Match) -> str:
    word = _SIGNS[match[1]]
    return word if word == "," else f" {word} "


def _before_number(match: Match) -> str:
    word = _BEFORE_NUMBERS[match[1].lower()]
    return f"{word.capitalize() if match[1][0].isupper() else word} "


def _capital(words: str, match: Match) -> str:
    return f"{words[0].upper()}{words[1:]}" if match[0][0].isupper() else words


ABBREVIATIONS: tuple[Rule, ...] = (
    rule(rf"\b({'|'.join(_TITLES)})\.(?=\s[A-Z])", lambda match: _TITLES[match[1]]),
    rule(r"\b(Dr|Mrs?|Ms|Prof)(?=\s[A-Z][a-z])", lambda match: _TITLES[match[1]]),
    rule(r"(?<=[a-z] )(St|Ave|Rd)(?=\.?$)", lambda match: _STREETS[match[1]]),
    rule(rf"\b({'|'.join(_BEFORE_NUMBERS)})\.\s?(?=\d)", _before_number, any_case=True),
    *(
        rule(rf"\b{short}{stop}", partial(_capital, words), any_case=True)
        for short, words in _ANYWHERE.items()
        for stop in (r"\.(?=\W*\w)", r"\b(?=\.$)")
    ),
    rule(r"\bw/o\b", "without"),
    rule(r"\bw/(?=\s)", "with"),
)
ADDRESSES: tuple[Rule, ...] = (
    rule(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", _address),
    rule(r"(?<![\w.@])[A-Za-z][\w-]{1,62}(?:\.[a-z]{2}[\w-]{0,60}){1,8}(?![\w.]*\()", _address),
)

SIGNS: tuple[Rule, ...] = (
    rule(r"\bC\+\+", "C plus plus"),
    rule(r"\b([A-G])#", r"\1 sharp"),
    rule(r"#\s?(?=\d)", "number "),
    rule(r"[~≈]\s?(?=\d)", "about "),
    rule(r"(?<=[\d)])\s?\*\*\s?(?=[\w(])", " to the power of "),
    rule(r"(?<=[\w)])\s?\*\s?(?=[\d(])|(?<=\d)\s?\*\s?(?=\w)|(?<=\s)\*(?=\s)", " times "),
    rule(r"(?<=\d)\s/\s(?=\d)", " divided by "),
    rule(
        r"(?<=[a-z])/(?=(?:second|minute|hour|day|night|week|month|year|person|piece)s?\b)", " per "
    ),
)
"""Before the numbers, which they stand beside."""

LAST_SIGNS: tuple[Rule, ...] = (
    rule(
        rf"\s?({'|'.join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))})\s?",
        _sign,
    ),
    rule(r"\s[-–—]$", ","),  # noqa: RUF001
)
