"""How the grammar spells languages other than English: numbers in digits, words with hyphens."""

import re
from functools import lru_cache

from text_to_num import alpha2digit

from marvin.languages.language import language
from marvin.stt.spoken import pieces

ENGLISH = "en"
PERCENT = {
    "de": ("prozent",),
    "es": ("por ciento",),
    "fr": ("pour cent", "pourcent"),
    "it": ("per cento", "percento"),
    "nl": ("procent",),
}
_PIECE = re.compile(r"%|\d+|[^\W\d_]+(?:['-][^\W\d_]+)*'?|[^\w%]+|_+")
_RANGE = "#"
"""Begins the word that stands for any number of a range."""
LARGEST = 999


def pieces_in(code: str, text: str) -> list[str]:
    """Words and the breaks between them, as `spoken.pieces`."""
    if code == ENGLISH:
        return pieces(text)
    text = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    found: list[str] = []
    for piece in _PIECE.findall(text):
        if piece.isdigit():
            found += [" ", str(int(piece)), " "]
        elif piece == "%":
            found += [" ", piece, " "]
        else:
            found.append(piece if piece[0].isalpha() else " ")
    return found


def with_signs(code: str, text: str) -> str:
    """A text or template with `%` for the words."""
    return text if code == ENGLISH else _percent(code).sub("%", text)


def words_in(code: str, text: str) -> list[str]:
    """The words of a text in the grammar's spelling."""
    if code != ENGLISH:
        text = alpha2digit(with_signs(code, text), code, 3.0)
    return "".join(pieces_in(code, text)).split()


def range_word(values: range) -> str:
    """Stands for any number of the range up to LARGEST; larger ones are left to the free text."""
    values = range(max(values.start, 0), min(values.stop, LARGEST + 1), values.step)
    return f"{_RANGE}{values.start}:{values.stop}:{values.step}"


def numbers_of(word: str) -> range | None:
    """The numbers that a grammar word stands for."""
    return range(*map(int, word[1:].split(":"))) if word.startswith(_RANGE) else None


@lru_cache
def small_words(code: str) -> frozenset[str]:
    """Words that may be there or not."""
    words = language(code).words
    nouns = {noun.lower() for forms in words.nouns.values() for noun in forms}
    return words.function_words - nouns - words.negations


@lru_cache
def _percent(code: str) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(PERCENT[code])})\b", re.IGNORECASE)
