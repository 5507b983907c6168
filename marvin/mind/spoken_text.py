"""From what is written to what is spoken: clean sentences, as early as they are complete."""

from collections.abc import Iterable, Sequence

from marvin.mind.repetition import LoopGuard
from marvin.mind.sanitiser import Sanitiser
from marvin.mind.sentences import SentenceSplitter, sentences


class SpokenText:
    """Takes a language model's deltas and gives the sentences to speak."""

    def __init__(self, *, first_clause: int = 0) -> None:
        """`first_clause`: as for `SentenceSplitter`."""
        self._sanitiser = Sanitiser()
        self._splitter = SentenceSplitter(first_clause=first_clause)
        self._guard = LoopGuard()

    @property
    def looped(self) -> bool:
        """Whether the model only repeats itself, so that nothing more will be spoken."""
        return self._guard.looped

    def feed(self, delta: str) -> list[str]:
        return self._without_loops(self._splitter.feed(self._sanitiser.feed(delta)))

    def end(self) -> list[str]:
        pieces = self._splitter.feed(self._sanitiser.end()) + self._splitter.end()
        spoken = self._without_loops(pieces)
        return spoken if self.looped else spoken + _with_words(self._guard.end())

    def _without_loops(self, pieces: Sequence[str]) -> list[str]:
        spoken: list[str] = []
        for piece in pieces:
            if self.looped:
                break
            spoken += self._guard.feed(piece)
        return _with_words(spoken)


def spoken_sentences(text: str) -> list[str]:
    """The sentences of a complete text, which may repeat itself."""
    sanitiser = Sanitiser()
    return sentences(sanitiser.feed(text) + sanitiser.end())


def _with_words(pieces: Iterable[str]) -> list[str]:
    """Voices make no sound for punctuation alone."""
    return [piece for piece in pieces if any(map(str.isalnum, piece))]
