"""Removes the wake phrase from the beginning of a transcript."""

import difflib
import re
from collections.abc import Sequence

from marvin.stt.sounds import distance, sounds

WAKE_PHRASES = ("marvin", "hey marvin", "okay marvin")

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_GAP = re.compile(r"[\W_]*")
_SAME = {"ok": "okay"}

_LIKE = 0.8
"""Minimum difflib ratio of a misspelling: Martin, Marvyn, Mervin; not Marvel, Darwin."""
_SHORTEST = 5
"""Minimum length for fuzzy matching, in letters: shorter names are too often other words."""
_SOUNDS_LIKE = 0.25
"""Maximum share of sounds that differ where the phrase was certainly said: "more than"."""


def without_wake_phrase(
    text: str, phrases: Sequence[str] = WAKE_PHRASES, *, said: bool = False
) -> tuple[str, bool]:
    """The text without leading wake phrases, and whether there was one.

    A misspelt phrase only counts if it stands alone or is followed by punctuation ("Martin, what
    time is it?"): "Martin Luther King" is part of the question. If the phrase was certainly
    `said`, the first words also count if they sound like it.
    """
    # The longest first, to remove all of "hey marvin".
    known = sorted((_words(phrase) for phrase in phrases), key=len, reverse=True)
    rest, called = text, False
    while True:
        ends = (end for phrase in known if phrase and (end := _end(rest, phrase)) is not None)
        end = next(ends, None)
        if end is None and said and not called:
            end = _end_by_sound(rest, known)
        if end is None:
            return rest, called
        rest, called = rest[end:], True


def _end(text: str, phrase: list[str]) -> int | None:
    """End of the phrase in the text, or None if the text does not begin with it."""
    found = [match for _, match in zip(phrase, _WORD.finditer(text), strict=False)]
    if len(found) < len(phrase):
        return None
    said = [_folded(match.group()) for match in found]
    after = _GAP.match(text, found[-1].end())
    assert after is not None
    if said != phrase:
        alone = after.end() == len(text) or after.group().strip() != ""
        if not alone or not all(map(_alike, said, phrase)):
            return None
    return after.end()


def _end_by_sound(text: str, phrases: Sequence[Sequence[str]]) -> int | None:
    """End of the first words that sound most like a phrase."""
    longest = max(map(len, phrases), default=0) + 1
    found = [match for _, match in zip(range(longest), _WORD.finditer(text), strict=False)]
    best, end = _SOUNDS_LIKE, None
    for wanted in filter(None, (sounds("".join(phrase)) for phrase in phrases)):
        for match in found:
            after = _GAP.match(text, match.end())
            assert after is not None
            differing = distance(sounds(text[: match.end()]), wanted) / len(wanted)
            if differing < best:
                best, end = differing, after.end()
    return end


def _alike(said: str, wanted: str) -> bool:
    if said == wanted:
        return True
    likeness = difflib.SequenceMatcher(None, said, wanted).ratio()
    return len(wanted) >= _SHORTEST and likeness >= _LIKE


def _words(phrase: str) -> list[str]:
    return [_folded(word) for word in _WORD.findall(phrase)]


def _folded(word: str) -> str:
    word = word.casefold()
    return _SAME.get(word, word)
