"""What was said, in the one form that templates are matched in."""

import re
import unicodedata
from collections.abc import Callable

from marvin.skills import numbers

_SYMBOLS = (
    ("\u2019", "'"),
    ("²", " squared "),
    ("³", " cubed "),
    ("½", " and a half "),
    ("¼", " and a quarter "),
    ("¾", " and three quarters "),
    ("°", " degrees "),
    ("%", " percent "),
    ("√", " square root of "),
    ("+", " plus "),
    ("\u00d7", " times "),
    ("*", " times "),
    ("÷", " divided by "),
    ("^", " to the power of "),
    ("\u2212", " minus "),
    ("&", " and "),
)

# Between numbers, these are arithmetic; elsewhere they are letters and punctuation.
_BETWEEN_NUMBERS = (
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), ""),
    (re.compile(r"(?<=\d)\s*x\s*(?=\d)"), " times "),
    (re.compile(r"(?<=\d)\s*/\s*(?=\d)"), " divided by "),
    (re.compile(r"(?<=\d)\s+[-\u2013]\s*(?=-?\d)|(?<=\d)[-\u2013](?=\d)"), " minus "),
    (re.compile(r"(?<![\w)])-(?=\.?\d)"), " minus "),
    (re.compile(r"(?<!\d)\.(?=\d)"), " point "),
    (re.compile(r"(?<=\d)(?=[a-z])"), " "),
)

_DECIMAL_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_NOT_A_WORD = re.compile(r"[^\w'\0]+|_|'(?!\w)|(?<!\w)'")

_SAME = {
    "what's": "what is",
    "whats": "what is",
    "who's": "who is",
    "how's": "how is",
    "when's": "when is",
    "that's": "that is",
    "it's": "it is",
    "there's": "there is",
    "time's": "time is",
    "i'm": "i am",
    "you're": "you are",
    "let's": "let us",
    "okay": "ok",
    "percents": "percent",
}

_PHRASES = (
    (re.compile(r"\bper cent\b"), "percent"),
    (re.compile(r"\ba (?:couple of|couple)\b"), "two"),
)

_POLITE = (
    "please",
    "can you",
    "could you",
    "would you",
    "will you",
    "can you please",
    "could you please",
    "i want you to",
    "i would like you to",
    "i'd like you to",
    "um",
    "uh",
    "so",
    "well",
    "now",
)
_CALLS = ("hey", "hi", "hello", "ok", "yo")
_AFTER = ("please", "for me", "thanks", "thank you")


def canonical(text: str) -> str:
    """Lower case, no punctuation, symbols as words, numbers as digits."""
    text = text.lower()
    for symbol, words in _SYMBOLS:
        text = text.replace(symbol, words)
    text = unicodedata.normalize("NFKC", text)
    for pattern, words in _BETWEEN_NUMBERS:
        text = pattern.sub(words, text)
    # A full stop is punctuation unless digits stand on both sides.
    text = _DECIMAL_POINT.sub("\0", text)
    text = _NOT_A_WORD.sub(" ", text).replace("\0", ".")
    text = " ".join(_SAME.get(word, word) for word in text.split())
    for pattern, words in _PHRASES:
        text = pattern.sub(words, text)
    return " ".join(numbers.digits(text.split()))


def without_courtesy(wake_phrase: str) -> Callable[[str], str]:
    """A function that drops the wake word and politeness around a canonical text.

    What would leave nothing is kept: `thank you` alone is said to be answered.
    """
    wake = canonical(wake_phrase)
    before = sorted((*_POLITE, wake, *(f"{call} {wake}" for call in _CALLS)), key=len)
    starts = tuple(f"{phrase} " for phrase in reversed(before) if phrase)
    ends = tuple(f" {phrase}" for phrase in (*_AFTER, wake) if phrase)

    def strip(text: str) -> str:
        changed = True
        while changed:
            changed = False
            for start in starts:
                if text.startswith(start):
                    text, changed = text[len(start) :], True
            for end in ends:
                if text.endswith(end):
                    text, changed = text[: -len(end)], True
        return text

    return strip
