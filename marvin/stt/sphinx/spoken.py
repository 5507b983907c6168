"""Converts written text to spoken words: case, punctuation, digits, whole numbers."""

import re

SILENT = "="
"""In a grammar word, separates the written form (before) from the spoken one (after): `one=a`."""

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"))
_SIGNS = {
    "%": " percent ",
    "°": " degrees ",
    "&": " and ",
    "+": " plus ",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
}
_PIECE = re.compile(r"\d+|[^\W\d_]+(?:'[^\W\d_]+)*'?|\W+|_+")


def written(word: str) -> str:
    """The written form of a grammar word; empty if it is not part of the transcript."""
    return word.partition(SILENT)[0]


def spoken(word: str) -> str:
    """The dictionary form of a grammar word."""
    before, mark, after = word.partition(SILENT)
    return after if mark else before


def pieces(text: str) -> list[str]:
    """Words and the breaks (`" "`) between them. The first and last may be parts of words, because
    templates concatenate: `light[s]`."""
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    found: list[str] = []
    for piece in _PIECE.findall(text.lower()):
        if piece[0].isdigit():
            found += [" ", *" ".join(number_words(int(piece))).split(), " "]
        elif piece[0].isalpha() or piece == "'":
            found.append(piece)
        else:
            found.append(" ")
    return found


def number_words(number: int) -> list[str]:
    """A whole number as hassil spells it: `one hundred five`."""
    if number < 0:
        return ["minus", *number_words(-number)]
    for scale, name in _SCALES:
        if number >= scale:
            head, rest = divmod(number, scale)
            return [*number_words(head), name, *(number_words(rest) if rest else [])]
    if number >= 100:
        head, rest = divmod(number, 100)
        return [_ONES[head], "hundred", *(number_words(rest) if rest else [])]
    if number >= 20:
        head, rest = divmod(number, 10)
        return [_TENS[head], *([_ONES[rest]] if rest else [])]
    return [_ONES[number]]
