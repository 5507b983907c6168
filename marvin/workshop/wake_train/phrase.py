"""Checks whether a phrase can be pronounced and is distinctive, before training."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from marvin.backends.espeak.process import EspeakProcess
from marvin.backends.sphinx.decoder import open_decoder
from marvin.backends.sphinx.pronunciation import arpabet
from marvin.cancellation import CancelToken
from marvin.workshop.wake_train.texts import COMMANDS, LEADS
from marvin.workshop.wake_train.voices import trim

if TYPE_CHECKING:
    from pocketsphinx import Decoder

_MOST_WORDS = 4
_FEWEST_PHONES = 4
_TIGHT = 0.85
"""Share of the window above which the phrase is too long for slow speakers."""
_SMALL_WORDS = """
a about after all also any as at be been before both but by could did down each even find first
for from get give had has have he her him his if in into its just know like look made make many
may me more most my new no nobody none not now of off one only or other our out over people said
say see she should some than that the their them then there these they this those to two up us
use very want was way we were when where which who why will with would yes yeah you your
"""
_COMMON = frozenset(f"{_SMALL_WORDS} {' '.join((*COMMANDS, *LEADS))}".lower().split())


@dataclass(frozen=True, slots=True)
class Pronouncer:
    """Pronunciation functions, replaceable in tests."""

    ipa: Callable[[str], str]
    """IPA of a word."""
    seconds: Callable[[str], float]
    """Duration of a text at normal speed."""
    known: Callable[[str], str | None]
    """The dictionary's phones of a word."""


@dataclass(slots=True)
class CheckedPhrase:
    """A phrase with the results of its checks."""

    text: str
    """Lower case, words separated by single spaces, only a to z and apostrophes."""
    phones: dict[str, str] = field(default_factory=dict)
    """Phones of each word, separated by spaces."""
    ipa: dict[str, str] = field(default_factory=dict)
    """IPA of words missing in the dictionary."""
    seconds: float = 0.0
    """Duration of the phrase."""
    problems: list[str] = field(default_factory=list)
    """Reasons that prevent training."""
    warnings: list[str] = field(default_factory=list)
    """Reasons for poor results."""

    @property
    def sounds(self) -> str:
        """Phones of the whole phrase, separated by spaces."""
        return " ".join(self.phones[word] for word in self.text.split())


def check_phrase(text: str, window_s: float, pronouncer: Pronouncer | None = None) -> CheckedPhrase:
    """Check a phrase; `window_s` is the length of the model's input.

    Raises:
        ModelLoadError: espeak-ng or pocketsphinx is broken.
    """
    phrase = _spelled(text)
    if phrase.problems:
        return phrase
    if pronouncer is not None:
        _check_sound(phrase, window_s, pronouncer)
        return phrase
    process, decoder = EspeakProcess(), open_decoder()
    try:
        _check_sound(phrase, window_s, _pronouncer(process, decoder))
    finally:
        process.close()
    return phrase


def _pronouncer(process: EspeakProcess, decoder: Decoder) -> Pronouncer:
    def seconds(text: str) -> float:
        audio = b"".join(process.speak(text, "en-us", CancelToken()))
        samples = np.frombuffer(audio, np.int16).astype(np.float32) / np.float32(32768)
        return len(trim(samples)) / process.rate_hz

    return Pronouncer(process.phonemes, seconds, decoder.lookup_word)


def _spelled(text: str) -> CheckedPhrase:
    """The phrase in its normal form, with problems of spelling."""
    words = " ".join(unicodedata.normalize("NFC", text).split())
    for sign in ("\N{RIGHT SINGLE QUOTATION MARK}", "`"):
        words = words.replace(sign, "'")
    words = "".join(" " if sign in ",.!?-" else sign for sign in words).lower()
    plain = "".join(sign for sign in unicodedata.normalize("NFD", words) if not _is_mark(sign))
    phrase = CheckedPhrase(" ".join(plain.split()))
    if not phrase.text:
        phrase.problems.append("the phrase is empty: give the wake word, as in `hey computer`")
        return phrase
    _check_signs(phrase)
    if phrase.problems:
        return phrase
    if plain != words:
        phrase.warnings.append(
            f"{' '.join(words.split())!r} is read as {phrase.text!r}: English voices ignore accents"
        )
    count = len(phrase.text.split())
    if count > _MOST_WORDS:
        phrase.problems.append(
            f"{phrase.text!r} has {count} words; the limit for a wake word is "
            f"{_MOST_WORDS}, and two are best"
        )
    return phrase


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign) == "Mn"


def _check_signs(phrase: CheckedPhrase) -> None:
    strange = [s for s in dict.fromkeys(phrase.text) if not (s.isascii() and s.isalpha())]
    strange = [sign for sign in strange if sign not in " '"]
    letters = [sign for sign in strange if sign.isalpha()]
    signs = [sign for sign in strange if not sign.isalpha()]
    if letters:
        scripts = {unicodedata.name(sign, "?").partition(" ")[0].capitalize() for sign in letters}
        phrase.problems.append(
            f"Marvin trains English phrases: {phrase.text!r} has non-English letters "
            f"({''.join(letters)}, {', '.join(sorted(scripts))}). Spell it as an English speaker "
            "would, with a to z"
        )
    if signs:
        phrase.problems.append(
            f"{phrase.text!r}: the pronunciation of {' '.join(signs)} is ambiguous. "
            "Spell numbers and signs as words: 'x nine', not 'x9'"
        )
    for word in phrase.text.split():
        if not strange and not any(sign.isalpha() for sign in word):
            phrase.problems.append(f"{phrase.text!r}: {word!r} is not a word")


def _check_sound(phrase: CheckedPhrase, window_s: float, pronouncer: Pronouncer) -> None:
    for word in dict.fromkeys(phrase.text.split()):
        known = pronouncer.known(word)
        if known is None and not set(word) & set("aeiouy"):
            phrase.problems.append(
                f"{word!r} cannot be pronounced: it has no vowel. Spell it as it sounds"
            )
            continue
        if known is not None:
            phrase.phones[word] = known
        else:
            phrase.ipa[word] = pronouncer.ipa(word)
            phrase.phones[word] = arpabet(phrase.ipa[word])
            phrase.warnings.append(
                f"{word!r} is not in the dictionary; pronounced {phrase.phones[word]}. Spell it "
                "as it sounds if that is wrong"
            )
    if phrase.problems:
        return
    _check_length(phrase, window_s, pronouncer)
    if all(word in _COMMON for word in phrase.text.split()):
        phrase.warnings.append(
            f"{phrase.text!r} occurs in nearly every conversation: it will cause false accepts"
        )


def _check_length(phrase: CheckedPhrase, window_s: float, pronouncer: Pronouncer) -> None:
    phones = phrase.sounds.split()
    syllables = sum(phone[0] in "AEIOU" for phone in phones)
    if syllables < 2 or len(phones) < _FEWEST_PHONES:
        what = "one syllable" if syllables < 2 else f"only {len(phones)} sounds"
        phrase.warnings.append(
            f"{phrase.text!r} has {what}: expect many false accepts. Three syllables or "
            f"more are most distinctive, as in 'hey {phrase.text}'"
        )
    phrase.seconds = pronouncer.seconds(phrase.text)
    long = f"{phrase.text!r} takes {phrase.seconds:.1f} s to say"
    if phrase.seconds > window_s:
        phrase.problems.append(
            f"{long}; the model hears {window_s:.1f} s at once. Choose a shorter one"
        )
    elif phrase.seconds > _TIGHT * window_s:
        phrase.warnings.append(
            f"{long}; the model hears {window_s:.1f} s at once: slow speakers will be missed"
        )
