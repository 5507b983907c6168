"""IPA of words that a recogniser's dictionary lacks."""

from collections.abc import Iterable
from contextlib import closing

from marvin.backends.espeak.process import EspeakProcess


class WordPronouncer:
    """Starts a process when it is needed, and remembers what it said."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, word: str) -> str:
        self.prepare([word])
        return self._known[word]

    def prepare(self, words: Iterable[str]) -> None:
        """One process for all of them: starting one takes longer than a hundred words."""
        new = [word for word in dict.fromkeys(words) if word not in self._known]
        if not new:
            return
        with closing(EspeakProcess()) as process:
            process.start()
            for word in new:
                self._known[word] = process.phonemes(word)
