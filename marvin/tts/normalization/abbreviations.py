"""Expands English abbreviations, addresses and symbols."""

import re
from functools import partial

from marvin.tts.normalization.notation import Match, Rule, looked_up, rule

_TITLES = {
    "Dr": "Doctor", "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Prof": "Professor",
    "St": "Saint", "Gen": "General", "Col": "Colonel", "Capt": "Captain", "Sgt": "Sergeant",
    "Lt": "Lieutenant", "Rev": "Reverend", "Sen": "Senator", "Gov": "Governor", "Mt": "Mount",
    "Maj": "Major", "Ft": "Fort", "Messrs": "Messieurs", "Pres": "President",
    "Rep": "Representative",
}  # fmt: skip
_AND_TITLE = r"|\s(?:and|&|or)\s(?:Mrs?|Ms|Dr|Prof)\b"
_AFTER_NAMES = {
    "Jr": "Junior", "Sr": "Senior", "Inc": "Incorporated", "Ltd": "Limited", "Corp": "Corporation",
    "Bros": "Brothers",
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "Δ": "delta", "ε": "epsilon",  # noqa: RUF001
    "θ": "theta", "λ": "lambda", "μ": "mu", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",  # noqa: RUF001
    "φ": "phi", "ω": "omega", "Ω": "omega",
}  # fmt: skip
_STREETS = {"St": "Street", "Ave": "Avenue", "Rd": "Road", "Blvd": "Boulevard"}
_BEFORE_NUMBERS = {
    "no": "number", "nos": "numbers", "fig": "figure", "vol": "volume", "ch": "chapter",
    "sec": "section", "pp": "pages", "p": "page", "max": "maximum", "min": "minimum",
    "apt": "apartment", "approx": "approximately", "ca": "about", "ext": "extension",
    "eq": "equation",
}  # fmt: skip
_ANYWHERE = {
    r"e\.\s?g": "for example", r"i\.\s?e": "that is", "etc": "et cetera", "vs": "versus",
    "approx": "approximately", "incl": "including", "excl": "excluding", "dept": "department",
}  # fmt: skip
"""With a full stop; at the end of a text it may also end the sentence, and is kept."""
_SIGNS = {
    "&": "and", "+": "plus", "=": "equals", "%": "percent", "@": "at", "×": "times",  # noqa: RUF001
    "÷": "divided by", "±": "plus or minus", "≈": "about", "≤": "is at most", "≥": "is at least",
    "≠": "is not", "->": "to", "=>": "to", "→": "to", "⇒": "to", "<=": "is at most",
    ">=": "is at least", "!=": "is not", "==": "equals", "<": "is less than",
    ">": "is greater than", "√": "square root of", "∞": "infinity", "°": "degrees",
    "§": "section", "^": "to the power of", "№": "number", "$": "dollars", "€": "euros",
    "£": "pounds", "¥": "yen", **dict.fromkeys("©®™_\\~*#/", ""), "|": ",",
}  # fmt: skip
_MARKS = {
    ".": "dot", "@": "at", "_": "underscore", "-": "dash", "+": "plus", "/": "slash", "~": "tilde",
}  # fmt: skip


def _address(match: Match) -> str:
    # The last full stop may end the sentence.
    address = match[0].rstrip("./")
    stop = match[0][len(address) :].strip("/")
    return re.sub(r"[.@_+~/-]", lambda mark: f" {_MARKS[mark[0]]} ", address) + stop


def _sign(match: Match) -> str:
    word = _SIGNS[match[1]]
    return word if word == "," else f" {word} "


def _zone(match: Match) -> str:
    sign = "plus" if match[2] == "+" else "minus"
    minutes = f" {match[4]}" if match[4] not in (None, "00") else ""
    return f"{match[1]} {sign} {int(match[3])}{minutes}"


def _charge(match: Match) -> str:
    """The charge of an ion: `Ca²⁺`."""
    count = {"²": " two", "³": " three"}.get(match[1], "")
    return f"{count} {'plus' if match[2] == '⁺' else 'minus'} "


def _capital(words: str, match: Match) -> str:
    return f"{words[0].upper()}{words[1:]}" if match[0][0].isupper() else words


def _before_number(match: Match) -> str:
    return _capital(f"{_BEFORE_NUMBERS[match[1].lower()]} ", match)


ABBREVIATIONS: tuple[Rule, ...] = (
    rule(rf"\b({'|'.join(_TITLES)})\.(?=\s[A-Z]{_AND_TITLE})", looked_up(_TITLES)),
    rule(rf"\b(Dr|Prof)(?=\s[A-Z][a-z]{_AND_TITLE})", looked_up(_TITLES)),
    rule(r"\b(Mrs?|Ms)\b\.?", looked_up(_TITLES)),
    rule(r"(?<=[a-z] )(St|Ave|Rd|Blvd)(?=\.?$)", looked_up(_STREETS)),
    rule(r"(\d [A-Z][a-z]{1,20} )(St|Ave|Rd|Blvd)\.", lambda match: match[1] + _STREETS[match[2]]),
    rule(
        r"(?:(?<=[a-z] )|(?<=[a-z], ))(Jr|Sr|Inc|Ltd|Corp|Bros)\b(?:\.(?=\W*[\w&]))?",
        looked_up(_AFTER_NAMES),
    ),
    rule(rf"\b({'|'.join(_BEFORE_NUMBERS)})\.\s?(?=\d)", _before_number, any_case=True),
    *(
        rule(rf"\b{short}(?:\.(?=\W*\w)|\b(?=\.$))", partial(_capital, words), any_case=True)
        for short, words in _ANYWHERE.items()
    ),
    rule(r"\bw/o\b", "without"),
    rule(r"\bw/(?=\s)", "with"),
)
ADDRESSES: tuple[Rule, ...] = (
    rule(r"\b(UTC|GMT)\s?([+-])\s?(\d{1,2})(?::(\d\d))?(?!\w)", _zone),
    rule(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", _address),
    rule(
        r"(?<![\w.@])[A-Za-z][\w-]{1,62}(?:\.[a-z]{2}[\w-]{0,60}){1,8}(?::\d{2,5}\b)?"
        r"(?:/[\w.~/-]{0,200})?(?![\w.]*\()",
        _address,
    ),
)

SIGNS: tuple[Rule, ...] = (
    rule(rf"(?<![^\W\dA-Za-z])([{''.join(_GREEK)}])(?![^\W\dA-Za-z])", looked_up(_GREEK)),
    rule(r"([²³]?)([⁺⁻])(?![⁰¹²³⁴⁵⁶⁷⁸⁹])", _charge),
    rule(
        r"(?:^|(?<=\())([<>≤≥]=?)\s?(?=[$€£\d-])",
        lambda match: f"{_SIGNS[match[1]].removeprefix('is ')} ",
    ),
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
"""Applied before the numbers next to them."""

_LONGEST_FIRST = "|".join(map(re.escape, sorted(_SIGNS, key=len, reverse=True)))
LAST_SIGNS: tuple[Rule, ...] = (
    rule(rf"\s?({_LONGEST_FIRST})\s?", _sign),
    rule(r"\s[-–—]$", ","),  # noqa: RUF001
)
