"""How Whisper may write what the grammar has in one spelling: capitals, signs, digits.

Every form begins with Whisper's leading space, unless it is glued to the word before it.
"""

from collections.abc import Iterator, Sequence
from itertools import product

from marvin.languages.language import language
from marvin.stt.grammar_spelling import ENGLISH, PERCENT
from marvin.stt.spoken import dictionary_word, number_words

LARGEST = 999
"""Larger numbers are only expected in words."""
VALUES = {tuple(number_words(number)): number for number in range(LARGEST + 1)}

ENDINGS = (".", "!", "?", "...")
COURTESIES = (" please", ", please", " Please", ". Please", ", thank you", ", thanks")
REQUESTS = ("please", "can you", "could you", "would you", "can you please", "could you please")

SIGNS = {
    "percent": ("%",),
    "degrees": ("\N{DEGREE SIGN}",),
    "degree": ("\N{DEGREE SIGN}",),
}
_OTHERS = SIGNS | {"percent": ("%", " per cent"), "times": (" x",)}
_AMERICAN = {"colour": "color", "favour": "favor", "grey": "gray", "centre": "center"}
_AMERICAN |= {"theatre": "theater", "metre": "meter", "litre": "liter", "programme": "program"}
_DEGREES = frozenset(("grad", "grados", "degrés", "gradi", "graden"))
_LONGEST_ABBREVIATION = 3


def word_forms(word: str, code: str = ENGLISH) -> tuple[str, ...]:
    """The forms of a grammar word."""
    if code != ENGLISH:
        return _forms_in(code, word)
    spoken = dictionary_word(word)
    spellings = [spoken]
    for british, american in _AMERICAN.items():
        for one, other in ((british, american), (american, british)):
            if one in spoken:
                spellings.append(spoken.replace(one, other))
    found = [form for spelling in spellings for form in (spelling, _capital(spelling))]
    if len(spoken) <= _LONGEST_ABBREVIATION and not set(spoken) & set("aeiouy'"):
        found.append(spoken.upper())
    return tuple(dict.fromkeys((*(f" {form}" for form in found), *_OTHERS.get(spoken, ()))))


def _forms_in(code: str, word: str) -> tuple[str, ...]:
    if word == "%":
        return ("%", " %", *(f" {name}" for name in PERCENT[code]), f" {PERCENT[code][0].title()}")
    if word.isdigit():
        return number_forms(int(word), code)
    spellings = (word, word.replace("-", " "))
    forms = [form for spelling in spellings for form in (f" {spelling}", f" {_capital(spelling)}")]
    return tuple(dict.fromkeys((*forms, *(("\N{DEGREE SIGN}",) * (word in _DEGREES)))))


def number_forms(number: int, code: str = ENGLISH) -> tuple[str, ...]:
    """The forms of a number; in English, those that are not made of whole words."""
    if code != ENGLISH:
        from num2words import num2words

        spoken = num2words(number, lang=code)
        return (f" {number}", f" {spoken}", f" {_capital(spoken)}")
    words = number_words(number)
    if len(words) == 2 and number < 100:
        hyphenated = "-".join(words)
        return (f" {number}", f" {hyphenated}", f" {_capital(hyphenated)}")
    return (f" {number}",)


def courtesies(code: str) -> tuple[str, ...]:
    """What may follow a sentence."""
    if code == ENGLISH:
        return COURTESIES
    after = language(code).words.polite_after
    return tuple(f"{mark} {text}" for text in after for mark in ("", ","))


def requests(code: str) -> tuple[str, ...]:
    """What may precede a sentence."""
    return REQUESTS if code == ENGLISH else language(code).words.polite_before


def openings(phrases: Sequence[str]) -> Iterator[str]:
    """Phrases that stand before a sentence: `Hey Marvin,`."""
    for phrase in phrases:
        words = phrase.split()
        titled = " ".join(map(_capital, words))
        for form, end in product(dict.fromkeys((phrase, _capital(phrase), titled)), ("", *",.!?")):
            yield f" {form}{end}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
