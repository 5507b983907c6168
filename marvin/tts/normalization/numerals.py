"""Remaining digits as words, for voices that only know letters."""

import re
import unicodedata

from marvin.tts.normalization.number_words import cardinal, decimal

_DECIMAL_COMMA = {
    "az", "be", "ca", "cs", "da", "de", "eo", "es", "fi", "fr", "hu", "id", "is", "it", "kk", "lt",
    "lv", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "tr", "uk", "vi",
}  # fmt: skip
_DECIMAL_POINT = {"ar", "bn", "cy", "fa", "he", "ja", "kn", "ko", "te", "th"}
_OTHER_NAMES = {"kk": "kz", "nb": "no", "nn": "no"}
"""num2words' name, where it differs. Its Amharic never returns, its Chechen fails."""

_DIGIT = re.compile(r"[^\W\x00-\x7f]")
# A full stop before three digits groups them; in 1.1.2025 it does not.
_COMMA = re.compile(
    r"(?P<whole>(?<![\d.])\d{1,3}(?:[.\u00a0\u202f]\d{3})+(?![.\d])|\d+)(?:,(?P<fraction>\d+))?"
)
_POINT = re.compile(r"(?P<whole>(?<![\d,])\d{1,3}(?:,\d{3})+(?![,\d])|\d+)(?:\.(?P<fraction>\d+))?")


def numerals(text: str, language: str) -> str:
    """The text with words for its numbers, if num2words knows the language."""
    if language not in _DECIMAL_COMMA | _DECIMAL_POINT:
        return text
    written = _COMMA if language in _DECIMAL_COMMA else _POINT
    known = _OTHER_NAMES.get(language, language)

    def say(match: re.Match[str]) -> str:
        whole, fraction = re.sub(r"\D", "", match["whole"]), match["fraction"]
        said = decimal(whole, fraction, known) if fraction else cardinal(whole, known)
        start, end = match.span()
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        return f"{' ' * before.isalpha()}{said}{' ' * after.isalpha()}"

    text = _DIGIT.sub(lambda match: _ascii(match[0]), text)
    return written.sub(say, text)


def _ascii(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char
