"""Numbers as people and recognisers write them, and as Marvin speaks them."""

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Literal

from marvin.languages.translation import spoken, tr

_UNIT_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {word: value for value, word in enumerate(_UNIT_WORDS.split())}
_TENS = {word: 10 * value for value, word in enumerate(_TEN_WORDS.split(), start=2)}
_SCALES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}

SHARES = {
    **dict.fromkeys(("half", "a half", "one half"), Fraction(1, 2)),
    **dict.fromkeys(("quarter", "a quarter", "one quarter"), Fraction(1, 4)),
    **dict.fromkeys(("three quarters", "three quarter"), Fraction(3, 4)),
    **dict.fromkeys(("third", "a third", "one third"), Fraction(1, 3)),
    "two thirds": Fraction(2, 3),
    "a fifth": Fraction(1, 5),
    "a tenth": Fraction(1, 10),
}
"""Names of fractions."""

_DECIMAL = re.compile(r"\d+\.\d+")


def digits(words: Sequence[str]) -> list[str]:
    """The words with every whole number in digits: `a hundred and five` becomes `105`.

    Decimals are spelled out: `3.25` and `three point twenty five` both become `3 point 2 5`, so
    that one template serves speech and writing.
    """
    result: list[str] = []
    at = 0
    while at < len(words):
        if words[at] == "point":
            said, used = _after_point(words[at + 1 :], result[-1] if result else "")
            if said and said[0] != "point":
                result.pop()
            result += said or ["point"]
            at += 1 + used
            continue
        number, used = _number(words[at:])
        whole, _, fraction = (number or words[at]).partition(".")
        result += [whole, "point", *fraction] if number and fraction else [number or words[at]]
        at += used or 1
    return result


def _after_point(words: Sequence[str], whole: str) -> tuple[list[str], int]:
    """The digits after a point, and how many words they take. `1 point 5 million` is one number."""
    fraction, used = "", 0
    while used < len(words):
        value, taken = _below_hundred(words[used:])
        if not taken:
            break
        # Digits are taken as written: the 0 of "point 05" counts.
        fraction += words[used] if _plain_digits(words[used]) else str(value)
        used += taken
    scale = _SCALES.get(words[used]) if used < len(words) else None
    if fraction and scale and _plain_digits(whole):
        return [_shortest(Decimal(f"{whole}.{fraction}") * scale)], used + 1
    return (["point", *fraction], used) if fraction else ([], 0)


def _plain_digits(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _number(words: Sequence[str]) -> tuple[str | None, int]:
    """The number at the start of the words, and how many words it takes."""
    if _DECIMAL.fullmatch(words[0]):
        scale = _SCALES.get(words[1]) if len(words) > 1 else None
        if scale is None:
            return words[0], 1
        return _shortest(Decimal(words[0]) * scale), 2
    total, used, last_scale = 0, 0, 0
    while last_scale != 1:
        skip = 1 if used and words[used : used + 1] == ["and"] else 0
        group, taken = _below_thousand(words[used + skip :])
        end = used + skip + taken
        scale = _SCALES.get(words[end], 1) if end < len(words) else 1
        # "5 thousand and 3" is one number, "5 thousand 3" is not.
        separate = used and taken and not skip and _plain_digits(words[used])
        if not taken or separate or (used and scale >= last_scale):
            break
        total += group * scale
        used, last_scale = end + (scale > 1), scale
    return (str(total), used) if used else (None, 0)


def _below_thousand(words: Sequence[str]) -> tuple[int, int]:
    if not words:
        return 0, 0
    is_one = words[0] == "a" and words[1:2] and words[1] in ("hundred", *_SCALES)
    head, used = (1, 1) if is_one else _below_hundred(words)
    if not used or words[used : used + 1] != ["hundred"]:
        return head, used
    head, used = head * 100, used + 1
    skip = 1 if words[used : used + 1] == ["and"] else 0
    rest, taken = _below_hundred(words[used + skip :])
    if taken and not _plain_digits(words[used + skip]):
        return head + rest, used + skip + taken
    return head, used


def _below_hundred(words: Sequence[str]) -> tuple[int, int]:
    word = words[0] if words else ""
    if _plain_digits(word):
        return int(word), 1
    if word in _TENS:
        unit = _UNITS.get(words[1], 0) if len(words) > 1 else 0
        return (_TENS[word] + unit, 2) if 0 < unit < 10 else (_TENS[word], 1)
    return (_UNITS[word], 1) if word in _UNITS else (0, 0)


def read(parts: Iterable[tuple[str, str | int]]) -> list[Decimal]:
    """The numbers in a match's slots, in spoken order.

    A `sign`, a `whole` or a `bare_point`, and any `decimal` slots make one number.
    """
    numbers: list[str] = []
    sign = ""
    for name, value in parts:
        if name == "sign":
            sign = "-"
        elif name in ("whole", "bare_point"):
            numbers.append(f"{sign}{value if name == 'whole' else 0}.")
            sign = ""
        elif name == "decimal":
            numbers[-1] += str(value)
    return [Decimal(number + "0" if number.endswith(".") else number) for number in numbers]


def _shortest(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimal(value: Fraction) -> Decimal:
    """With more digits than are ever spoken."""
    with localcontext() as context:
        context.prec = 30
        return Decimal(value.numerator) / Decimal(value.denominator)


def spoken_number(value: Decimal) -> str:
    """Few digits, with `about` if some were dropped."""
    size = abs(value)
    if size >= Decimal(10) ** 15 or 0 < size < Decimal(10) ** -6:
        mantissa, exponent = f"{size:.2e}".split("e")
        number = tr(
            "{number} times 10 to the power of {power}",
            number=_signed(_written(Decimal(mantissa)), value),
            power=_signed(str(abs(int(exponent))), Decimal(exponent)),
        )
        return tr("about {number}", number=number)
    rounded = _rounded(size)
    number = _signed(_written(rounded), value)
    return number if rounded == size else tr("about {number}", number=number)


def _signed(number: str, value: Decimal) -> str:
    return tr("minus {number}", number=number) if value < 0 else number


def _written(value: Decimal) -> str:
    """`12,345.6`; in other languages `12345,6`, which every voice reads right."""
    text = _shortest(value)
    if spoken() is not None:
        return text.replace(".", ",")
    if value < 10_000:
        return text
    whole, point, fraction = text.partition(".")
    return f"{int(whole):,}{point}{fraction}"


def _rounded(value: Decimal) -> Decimal:
    if value < 1:
        places = 3 - value.adjusted() if value else 0
    elif value < 10:
        places = 3
    else:
        places = 2
    with localcontext() as context:
        context.prec = 40
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def counted(count: int, noun: str) -> str:
    """`1 timer`, `2 timers`. `noun` is English and in the `[nouns]` of every language."""
    language = spoken()
    plural = re.sub("(?<=[^aeiou])y$", "ie", noun) + "s"
    one, many = language.words.nouns[noun] if language else (noun, plural)
    return f"{count} {one if count == 1 else many}"


def listed(items: Sequence[str], word: Literal["and", "or"] = "and") -> str:
    """`a, b and c`."""
    if len(items) == 1:
        return items[0]
    between = tr("or") if word == "or" else tr("and")
    return f"{', '.join(items[:-1])} {between} {items[-1]}"
