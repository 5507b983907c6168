"""Numbers in words, by num2words."""

from decimal import Decimal
from functools import lru_cache

_LONGEST = 15
"""Longer numbers are read digit by digit."""
_LONGEST_ELSEWHERE = 9
"""For languages other than English: the limit of Telugu and Kannada."""

_LONGEST_FRACTION = 3
"""The limit of Hungarian."""


@lru_cache(maxsize=1024)
def _words(number: int | Decimal, kind: str, language: str) -> str:
    from num2words import num2words

    return str(num2words(number, to=kind, lang=language)).replace(",", "")


def digits(text: str, language: str = "en") -> str:
    """Digit by digit; other characters are dropped."""
    return " ".join(_words(int(char), "cardinal", language) for char in text if char.isdecimal())


def cardinal(text: str, language: str = "en") -> str:
    """`42`, `1,234`; codes are read digit by digit."""
    plain = text.replace(",", "")
    longest = _LONGEST if language == "en" else _LONGEST_ELSEWHERE
    is_code = plain.startswith("0") and plain != "0"
    is_code |= plain == text and len(plain) >= 10 and not plain.endswith("000")
    if is_code or len(plain) > longest:
        return digits(plain, language)
    return _words(int(plain), "cardinal", language)


def number(text: str) -> str:
    """`42`, `-1,234.50`, `.5`, in English."""
    whole, point, fraction = text.lstrip("-").partition(".")
    words = cardinal(whole or "0")
    if point:
        words += f" point {digits(fraction)}"
    return f"minus {words}" if text.startswith("-") else words


def decimal(whole: str, fraction: str, language: str) -> str:
    if len(whole) > _LONGEST_ELSEWHERE or len(fraction) > _LONGEST_FRACTION:
        return f"{cardinal(whole, language)} {digits(fraction, language)}"
    return _words(Decimal(f"{whole}.{fraction}"), "cardinal", language)


def ordinal(text: str, language: str = "en") -> str:
    """`21` as `twenty-first`."""
    plain = text.replace(",", "")
    return digits(plain) if len(plain) > _LONGEST else _words(int(plain), "ordinal", language)


def year(text: str, language: str = "en") -> str:
    """`1984` as `nineteen eighty-four`."""
    return _words(int(text), "year", language)


def money(whole: int, hundredths: int, currency: str, language: str) -> tuple[str, str]:
    """The whole and the hundredths, each with its unit."""
    from num2words import num2words

    said = num2words(
        whole * 100 + hundredths, to="currency", lang=language, currency=currency, separator="|"
    )
    left, _, right = said.partition("|")
    return left.strip(), right.strip()
