"""What is said in the training material: the phrase, what resembles it, and everything else."""

import random
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

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
_VOWELS = frozenset(
    ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW")
)


def near_misses(phrase: str, limit: int = 900) -> list[str]:
    """Words that sound like the phrase or like a part of it, the nearest first.

    From a curated list where there is one, and from the pronunciations in pocketsphinx's
    English dictionary where that is installed. The phrase itself, its plural and its homophones
    are left out.
    """
    return [*_CURATED.get(phrase.lower(), ()), *_neighbours(phrase.lower())[:limit]]


def vocabulary(phrase: str, size: int) -> list[str]:
    """Words to tell apart, the phrase first: half of them resemble it."""
    near = [word for word in near_misses(phrase, size) if word.isalpha() and len(word) > 3]
    common = sorted({word for line in (*COMMANDS, *LEADS) for word in line.split()})
    anything = any_words()
    step = max(1, len(anything) // size)
    candidates = [phrase, *near[: size // 2], *common, *anything[::step]]
    return list(dict.fromkeys(word.lower() for word in candidates))[:size]


def any_words() -> list[str]:
    """English words of every kind, for speech that has nothing to do with the phrase."""
    words = [word for word in _lexicon() if word.isalpha() and len(word) > 2]
    return words or [word for line in COMMANDS for word in line.split()]


def sentence(rng: random.Random, word: str, other: str) -> str:
    """The word alone or in a sentence, with another word where the sentence has room."""
    return rng.choice(_SENTENCES).format(w=word, v=other)


def parts(phrase: str) -> list[str]:
    """Beginnings and ends of the phrase: what a cut-off recording of it says."""
    middle = len(phrase) // 2
    return [phrase[:middle], phrase[middle:], phrase[: middle + 1], *phrase.split()[:-1]]


@cache
def _neighbours(phrase: str) -> tuple[str, ...]:
    lexicon = _lexicon()
    target = [sound for part in phrase.split() for sound in lexicon.get(part, ())]
    near = []
    for word, sounds in lexicon.items():
        if abs(len(sounds) - len(target)) > 3 or word.startswith(phrase) or not target:
            continue
        distance = _distance(sounds, target) / len(target)
        if 0.1 < distance <= 0.55:
            near.append((distance, word))
    return tuple(word for _, word in sorted(near))


@cache
def _lexicon() -> dict[str, tuple[str, ...]]:
    spec = find_spec("pocketsphinx")
    if spec is None or spec.origin is None:
        return {}
    path = Path(spec.origin).parent / "model" / "en-us" / "cmudict-en-us.dict"
    if not path.exists():
        return {}
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {word: tuple(sounds) for word, *sounds in lines if "(" not in word}


def _distance(a: Sequence[str], b: Sequence[str]) -> float:
    """Edit distance in which one vowel for another costs half."""
    row = [float(i) for i in range(len(b) + 1)]
    for i, left in enumerate(a, 1):
        diagonal, row[0] = row[0], float(i)
        for j, right in enumerate(b, 1):
            vowels = left in _VOWELS and right in _VOWELS
            swap = 0.0 if left == right else 0.5 if vowels else 1.0
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + swap)
    return row[-1]
