"""The canonical form of texts in languages other than English."""

import re
import unicodedata
from functools import lru_cache

from text_to_num import alpha2digit

from marvin.languages.language import Language

_THOUSANDS = re.compile(r"(?<=\d)[.\u00a0\u202f](?=\d{3}(?!\d))")
_SPACED_THOUSANDS = re.compile(r"(?<![\d.,:] )\b(\d{1,3})((?: \d{3})+)(?![\d.,:]|\w)")
_TIME = re.compile(r"(?<![\d.,:])(\d{1,2})[.:](\d\d)(?![\d.,:])")
_DECIMAL = re.compile(r"(?<=\d)(?:[,.]| (?:komma|virgule|coma|virgola) )(\d+)")
_ORDINAL = re.compile(r"(?<=\d)(?:[ºª°](?=\s|$)|(?:er|re|e|de|ste|o|a)\b)")
_MINUS = re.compile(r"(?<=\d)\s+[-\u2013]\s*(?=\d)|(?<=\d)[-\u2013](?=\d)|(?<![\w)])-(?=\d)")
_TIMES = re.compile(r"(?<=\d)\s*[x*\u00d7]\s*(?=\d)")
_DIVIDED = re.compile(r"(?<=\d)\s*[/:÷]\s*(?=\d)")
_CLOCK = re.compile(r"(?<=\d)(h|u|min)(?=\d)")
_UNIT = re.compile(r"(?<=\d)(?=[^\W\d_])")
_NOT_A_WORD = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\s'-]+['-]?")
_BETWEEN_NUMBERS = {"-": _MINUS, "x": _TIMES, "/": _DIVIDED}


@lru_cache
def _fractions(language: Language) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(language.words.fractions) or '(?!)'})\b")


def canonical_in(language: Language, text: str) -> str:
    """Lower case, no punctuation, symbols as words, numbers as digits: `2 1/2` and articles such
    as `une` stay words. A decimal is `3 point 5`, as in English, so that rules can be shared.
    """
    text = unicodedata.normalize("NFC", text).lower()
    text = text.replace("\u2019", " ").replace("'", " ")  # "l'otto" is a number, too.
    text = _SPACED_THOUSANDS.sub(lambda found: found[0].replace(" ", ""), text)
    # Isolated numbers up to three could be articles or ordinals; `same` has those that are not.
    text = "".join(
        part if at % 2 else alpha2digit(part, language.code, 3.0)
        for at, part in enumerate(_fractions(language).split(text))
    )
    text = _ORDINAL.sub(" ", _THOUSANDS.sub("", text))
    text = _TIME.sub(r"\1 \2", text)
    for symbol, pattern in _BETWEEN_NUMBERS.items():
        text = pattern.sub(f" {language.words.symbols[symbol]} ", text)
    for symbol, words in language.words.symbols.items():
        if symbol not in _BETWEEN_NUMBERS:
            text = text.replace(symbol, f" {words} ")
    text = _DECIMAL.sub(lambda found: f" point {' '.join(found[1])}", text)
    text = _NOT_A_WORD.sub(" ", _UNIT.sub(" ", _CLOCK.sub(r" \1 ", text)))
    return " ".join(language.words.same.get(word, word) for word in text.split())


def as_heard_in(language: Language, words: str, heard: str) -> str:
    """Canonical words as they stand in the text that they are from; unchanged if they do not."""
    heard, wanted = heard.replace("\u2019", "'"), canonical_in(language, words)
    found = list(_WORD.finditer(heard))
    for at, first in enumerate(found):
        for last in found[at:]:
            part = heard[first.start() : last.end()]
            text = canonical_in(language, part)
            if text == wanted:
                small = not at and text.split()[0] in language.words.function_words
                part = part.strip(' .,;:!?"-')
                return part[0].lower() + part[1:] if small else part
            if not wanted.startswith(text):
                break
    return words


def to_the_user_in(language: Language, text: str) -> str:
    """`mein Auto` as `dein Auto`."""
    for mine, yours in language.words.to_the_user.items():
        pattern = rf"\b{mine.replace('…', '(.+)')}\b"
        text = re.sub(pattern, yours.replace("…", r"\1"), text, flags=re.IGNORECASE)
    return text
