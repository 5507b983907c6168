"""Written text as spoken words: capitals, punctuation, digits, whole numbers."""

import re

SILENT = "="
"""In a grammar word, separates the written form (before) from the spoken form (after): `one=a`."""

SMALL_NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((10**9, "billion"), (10**6, "million"), (1_000, "thousand"), (100, "hundred"))
_SIGNS = {
    "%": " percent ",
    "°": " degrees ",
    "&": " and ",
    "+": " plus ",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
}
_PIECE = re.compile(r"\d+|[^\W\d_]+(?:'[^\W\d_]+)*'?|\W+|_+")


def written(word: str) -> str:
    """The written form of a grammar word; empty if it is only spoken."""
    return word.partition(SILENT)[0]


def dictionary_word(word: str) -> str:
    """The form of a grammar word in the dictionary."""
    return word.rpartition(SILENT)[2]


def pieces(text: str) -> list[str]:
    """Words and the breaks (`" "`) between them.

    The first and the last may be parts of words, because templates can join them: `light[s]`.
    """
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    found: list[str] = []
    for piece in _PIECE.findall(text.lower()):
        if piece[0].isdigit():
            for word in number_words(int(piece)):
                found += [" ", word]
            found.append(" ")
        elif piece[0].isalpha() or piece == "'":
            found.append(piece)
        else:
            found.append(" ")
    return found


def number_words(number: int) -> list[str]:
    """A whole number as hassil writes it: `one hundred five`."""
    if number < 0:
        return ["minus", *number_words(-number)]
    for scale, name in _SCALES:
        if number >= scale:
            head, rest = divmod(number, scale)
            return [*number_words(head), name, *(number_words(rest) if rest else [])]
    if number >= 20:
        head, rest = divmod(number, 10)
        return [TENS[head - 2], *([SMALL_NUMBERS[rest]] if rest else [])]
    return [SMALL_NUMBERS[number]]
