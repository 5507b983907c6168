"""Pronunciations of the grammar's words, the wake phrases in front of them included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marvin.backends.sphinx.pronunciation import arpabet
from marvin.errors import ModelLoadError
from marvin.stt.sphinx.grammar import sentence_with
from marvin.stt.sphinx.spoken import SILENT, dictionary_word, pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from pocketsphinx import Decoder

    from marvin.types import Patterns

Phones = tuple[str, ...]

CUT = "~"
"""In what is left of a word, before the number of phones that are missing."""

_TAIL_PHONES = 3
"""Least that is left of a wake word whose beginning the pre-roll cuts off."""


class Lexicon:
    """Adds words to a decoder's dictionary."""

    def __init__(
        self, decoder: Decoder, patterns: Patterns, pronounce: Callable[[str], str] | None
    ) -> None:
        self._decoder = decoder
        self._patterns = patterns
        self._pronounce = pronounce
        self._known: dict[str, list[Phones]] = {}

    def add(self, word: str) -> str:
        """The word's phones; adds it where the dictionary does not have it.

        Raises:
            ModelLoadError: Nobody knows how the word is pronounced.
        """
        known: str | None = self._decoder.lookup_word(word)
        if known is not None:
            return known
        sound = dictionary_word(word)
        phones = self._decoder.lookup_word(sound) if sound != word else None
        if phones is None and self._pronounce is not None:
            phones = arpabet(self._pronounce(sound))
        if not phones:
            raise ModelLoadError(self._unknown(sound))
        # The decoder is told to rebuild its search when the grammar is set, once for all words.
        self._decoder.add_word(word, phones, False)
        return str(phones)

    def pronunciations(self, word: str) -> list[Phones]:
        """Every way in which a word of the dictionary is said; words that are in it with a variant
        are followed by a number: `the(2)`."""
        if word not in self._known:
            ways: list[Phones] = []
            while phones := self._decoder.lookup_word(f"{word}({len(ways) + 1})" if ways else word):
                ways.append(tuple(phones.split()))
            self._known[word] = ways
        return self._known[word]

    def add_wake_phrase(self, phrase: str) -> list[str]:
        """The phrase as words of the grammar that are heard but not written."""
        words = [SILENT + word for word in pieces(phrase) if word.strip()]
        for word in words:
            self.add(word)
        return words

    def add_tails(self, word: str) -> list[str]:
        """What may be left of a wake word, as words of the grammar: `arvin`, `vin`."""
        phones = self.add(word).split()
        tails = []
        for cut in range(1, len(phones) - _TAIL_PHONES + 1):
            tail = f"{word}{CUT}{cut}"
            if self._decoder.lookup_word(tail) is None:
                self._decoder.add_word(tail, " ".join(phones[cut:]), False)
            tails.append(tail)
        return tails

    def _unknown(self, word: str) -> str:
        sentence = sentence_with(word, self._patterns)
        where = f" in the sentence {sentence!r}" if sentence else ""
        return (
            f"stt: no pronunciation for the word {word!r}{where}: write it as words that are in an "
            "English dictionary, or the way it sounds"
        )
