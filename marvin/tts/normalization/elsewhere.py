"""Numbers of other languages than English, into words."""

import re
import unicodedata

from marvin.tts.normalization.numbers import cardinal, decimal

_DECIMAL_COMMA = {
    "az", "be", "ca", "cs", "da", "de", "eo", "es", "fi", "fr", "hu", "id", "is", "it", "kk", "lt",
    "lv", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "tr", "uk", "vi",
}  # fmt: skip
_DECIMAL_POINT = {"ar", "bn", "cy", "fa", "he", "ja", "kn", "ko", "te", "th"}
_OTHER_NAMES = {"kk": "kz", "nb": "no", "nn": "no"}
"""Where num2words has another name for it. Its Amharic never returns, its Chechen fails."""
_REGIONS = {"pt_BR", "fr_BE", "fr_CH", "es_CO"}

_DIGIT = re.compile(r"[^\W\x00-\x7f]")
_COMMA = re.compile(r"(?P<whole>\d{1,3}(?:[.\u00a0\u202f]\d{3})+|\d+)(?:,(?P<fraction>\d+))?")
_POINT = re.compile(r"(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<fraction>\d+))?")


def spoken(text: str, code: str, region: str) -> str:
    """The text with words for its numbers, unchanged where they are not known."""
    if code not in _DECIMAL_COMMA | _DECIMAL_POINT:
        return text
    written = _COMMA if code not in _DECIMAL_POINT else _POINT
    known = _OTHER_NAMES.get(code, code)
    if f"{code}_{region}" in _REGIONS:
        known = f"{code}_{region}"

    def say(match: re.Match[str]) -> str:
        whole, fraction = re.sub(r"\D", "", match["whole"]), match["fraction"]
        said = decimal(whole, fraction, known) if fraction else cardinal(whole, known)
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        return f"{' ' * before.isalpha()}{said}{' ' * after.isalpha()}"

    text = _DIGIT.sub(lambda match: _ascii(match[0]), text)
    return written.sub(say, text)


def _ascii(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char
