"""Pronunciations of the grammar's words and of the wake phrases before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marvin.backends.sphinx.pronunciation import arpabet
from marvin.errors import ModelLoadError
from marvin.stt.grammar import sentence_with
from marvin.stt.spoken import SILENT, dictionary_word, pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from pocketsphinx import Decoder

    from marvin.types import Patterns

Phones = tuple[str, ...]

CUT = "~"
"""In the name of a truncated word, precedes the number of missing phones."""

_TAIL_PHONES = 3
"""Minimum phones of a wake word whose beginning is before the pre-roll."""


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
        """Add the word if it is not in the dictionary; returns its phones.

        Raises:
            ModelLoadError: The word has no known pronunciation.
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
        # False: the decoder rebuilds its search once, when the grammar is set.
        self._decoder.add_word(word, phones, False)
        return str(phones)

    def pronunciations(self, word: str) -> list[Phones]:
        """All pronunciations of a dictionary word; variants are numbered: `the(2)`."""
        if word not in self._known:
            ways: list[Phones] = []
            while phones := self._decoder.lookup_word(f"{word}({len(ways) + 1})" if ways else word):
                ways.append(tuple(phones.split()))
            self._known[word] = ways
        return self._known[word]

    def add_wake_phrase(self, phrase: str) -> list[str]:
        """The phrase as grammar words that are spoken but not written."""
        words = [SILENT + word for word in pieces(phrase) if word.strip()]
        for word in words:
            self.add(word)
        return words

    def add_tails(self, word: str) -> list[str]:
        """Truncated variants of a wake word as grammar words: `arvin`, `vin`."""
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
