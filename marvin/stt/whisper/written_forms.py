"""How Whisper may write what the grammar has in one spelling: capitals, signs, digits.

Every form begins with Whisper's leading space, unless it is glued to the word before it.
"""

from collections.abc import Iterator, Sequence
from itertools import product

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
_LONGEST_ABBREVIATION = 3


def word_forms(word: str) -> tuple[str, ...]:
    """The forms of a grammar word."""
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


def number_forms(number: int) -> tuple[str, ...]:
    """The forms of a number that are not made of whole words."""
    words = number_words(number)
    if len(words) == 2 and number < 100:
        hyphenated = "-".join(words)
        return (f" {number}", f" {hyphenated}", f" {_capital(hyphenated)}")
    return (f" {number}",)


def openings(phrases: Sequence[str]) -> Iterator[str]:
    """Phrases that stand before a sentence: `Hey Marvin,`."""
    for phrase in phrases:
        words = phrase.split()
        titled = " ".join(map(_capital, words))
        for form, end in product(dict.fromkeys((phrase, _capital(phrase), titled)), ("", *",.!?")):
            yield f" {form}{end}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
