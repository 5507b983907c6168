"""Texts for training: the phrase, similar words and other speech."""

import itertools
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache

from marvin.backends.espeak.process import EspeakProcess
from marvin.backends.sphinx.dictionary import first_pronunciations
from marvin.backends.sphinx.pronunciation import arpabet

COMMANDS = (
    "what time is it", "what's the weather like today", "set a timer for ten minutes",
    "turn on the kitchen light", "turn off the lamp", "stop", "what is the date",
    "how far is the moon", "play some music", "volume up", "tell me a joke",
    "what's seven times eight", "good morning", "who was Ada Lovelace", "remind me to call mum",
    "can you hear me", "how many cups are in a litre", "cancel the timer", "thank you",
    "what can you do", "are you there", "open the window", "read me the news", "help me",
    "do you know where my keys are", "is it going to rain", "say that again", "I have a question",
    "add eggs to the shopping list", "how old is the universe", "please be quiet", "next",
)  # fmt: skip
LEADS = ("hey", "okay", "hello", "hi", "so", "um", "right", "please", "good morning", "listen",
         "thank you", "oh", "well", "and", "but", "ask")  # fmt: skip
_SENTENCES = (
    "{w}", "{w}", "{w}", "{w}", "{w} {v}", "{v} {w}", "hey {w}", "okay {w}", "the {w}",
    "a {w} of {v}", "{w} what time is it", "{w} and {v}", "I said {w}", "it was {w} again",
    "{w} is here", "have you seen the {w}", "they {w} the {v}", "there is a {w} in the garden",
    "we were talking about {w} last night", "{w}, {v}, and so on", "no, I mean {w}",
    "he told me that {w} was {v}", "can you spell {w}", "in the {v} of {w}",
)  # fmt: skip
_CURATED = {
    "marvin": (
        "marvellous", "starving", "Martin", "carving", "Marvel", "Mervyn", "garlic", "mar", "vin",
        "harvest", "margin", "Kevin", "Calvin", "Melvin", "marble", "larva", "car in",
        "Marvel in", "carve in", "far from", "market", "marching", "Marlin", "Marvel movie",
        "Martian", "marking", "carbon", "Arvin", "Irving", "Alvin", "Gavin", "Darwin", "Marcus",
        "Mark in", "Mark went in", "my van", "mark when", "my friend", "may have been", "moving",
        "mauve in", "mormon", "morning", "murmuring", "Marian", "Mardin", "Martha", "Marty",
        "marvels", "starve", "starve in", "carved in", "carved it", "a carving knife", "harbour",
        "Harvey", "Harvey in", "Harvard", "arriving", "driving", "living", "leaving", "having",
        "Norman", "Morgan", "margarine", "marzipan", "Marseille", "Marsden", "Marston", "mountain",
        "Madrid in", "Mavis", "Maeve in", "maven", "raven", "oven", "Bavaria", "chauvin", "divin",
        "vim", "vin rouge", "in", "mine", "ma", "mama", "nah", "car", "bar", "far", "arm", "armour",
        "army", "larvae", "garden in", "hard in", "art in", "are in", "are him", "are even",
        "more then", "more than", "more of it", "Martin said", "Mar a Lago", "Carmen", "Arden",
        "smart thing", "smart van", "ma vie", "marine", "Merlin", "Berlin", "Mervin", "Marvell",
        "mar of in", "armoured van", "carb in", "marbles in", "Harbin", "Martini", "margins",
    ),
}  # fmt: skip
_OTHER = 1.0
"""Minimum distance of a different word: one consonant or two vowels."""
_VOWELS = frozenset(
    ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW")
)


def near_misses(phrase: str, limit: int = 900) -> list[str]:
    """Words and pairs of words that sound like the phrase or a part of it, nearest first.

    From a curated list if there is one, and pocketsphinx's dictionary. The phrase itself, its
    plural and its homophones are left out.
    """
    words, pairs = _neighbours(phrase.lower()), _pairs(phrase.lower())
    mixed = [text for both in itertools.zip_longest(words, pairs) for text in both if text]
    return [*_CURATED.get(phrase.lower(), ()), *mixed[:limit]]


def vocabulary(size: int) -> list[str]:
    """Words for the auxiliary classifier: common and random ones."""
    common = sorted({word for line in (*COMMANDS, *LEADS) for word in line.split()})
    anything = any_words()
    candidates = [*common, *anything[:: max(1, len(anything) // size)]]
    return list(dict.fromkeys(word.lower() for word in candidates))[:size]


def any_words() -> list[str]:
    """Random English words for unrelated speech."""
    return [word for word in _lexicon() if word.isalpha() and len(word) > 2]


def sentence(rng: random.Random, word: str, other: str) -> str:
    """The word alone or in a sentence, perhaps with another word."""
    return rng.choice(_SENTENCES).format(w=word, v=other)


def parts(phrase: str) -> list[str]:
    """Beginnings and ends of the phrase, as in cut-off recordings."""
    middle = len(phrase) // 2
    return [phrase[:middle], phrase[middle:], phrase[: middle + 1], *phrase.split()[:-1]]


@cache
def _neighbours(phrase: str) -> tuple[str, ...]:
    target = pronunciation(phrase)
    near = [
        (distance, word)
        for distance, word in _near_sounds(target, 0.55, 3)
        if _other(_lexicon()[word], target)
    ]
    return tuple(word for _, word in sorted(near))


@cache
def _pairs(phrase: str) -> tuple[str, ...]:
    """Pairs of words that together sound like the phrase."""
    lexicon, target = _lexicon(), pronunciation(phrase)
    near: dict[tuple[str, ...], tuple[float, str]] = {}
    for split in range(2, len(target) - 1):
        left = sorted(_near_sounds(target[:split], 0.5, 1))[:40]
        right = sorted(_near_sounds(target[split:], 0.5, 1))[:40]
        for (_, first), (_, second) in itertools.product(left, right):
            sounds = (*lexicon[first], *lexicon[second])
            if sounds not in near and _other(sounds, target):
                distance = _distance(sounds, target) / len(target)
                near[sounds] = (distance, f"{first} {second}")
    return tuple(text for distance, text in sorted(near.values()) if distance <= 0.45)


def _other(sounds: Sequence[str], target: Sequence[str]) -> bool:
    """Whether it differs from the phrase, even with an accent, and does not contain it."""
    length = len(target)
    pieces = [sounds[i : i + length] for i in range(max(1, len(sounds) - length + 1))]
    return min(_distance(piece, target) for piece in pieces) >= _OTHER


def _near_sounds(target: Sequence[str], limit: float, lengths: int) -> Iterator[tuple[float, str]]:
    for word, sounds in _lexicon().items():
        if target and abs(len(sounds) - len(target)) <= lengths and len(word) > 1:
            distance = _distance(sounds, target) / len(target)
            if distance <= limit:
                yield distance, word


@cache
def pronunciation(phrase: str) -> tuple[str, ...]:
    """Phones of the phrase, from the dictionary or espeak."""
    lexicon = _lexicon()
    phones: list[str] = []
    for word in phrase.lower().split():
        known = lexicon.get(word)
        if known is None:
            with closing(EspeakProcess()) as process:
                process.start()
                known = tuple(arpabet(process.phonemes(word)).split())
        phones += known
    return tuple(phones)


@cache
def _lexicon() -> dict[str, tuple[str, ...]]:
    return {word: tuple(sounds.split()) for word, sounds in first_pronunciations().items()}


def _distance(a: Sequence[str], b: Sequence[str]) -> float:
    """Edit distance where replacing a vowel by a vowel costs half."""
    row = [float(i) for i in range(len(b) + 1)]
    for i, left in enumerate(a, 1):
        diagonal, row[0] = row[0], float(i)
        for j, right in enumerate(b, 1):
            vowels = left in _VOWELS and right in _VOWELS
            swap = 0.0 if left == right else 0.5 if vowels else 1.0
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + swap)
    return row[-1]
