"""From what is written to what is spoken: clean sentences, as early as they are complete."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from marvin.languages.translation import speaking_in
from marvin.mind.repetition import LoopGuard, is_complete
from marvin.mind.sanitiser import Sanitiser
from marvin.mind.sentences import SentenceSplitter, sentences
from marvin.types import Ask, ReplyItem, Say


class SpokenText:
    """Takes a language model's deltas and gives the sentences to speak."""

    def __init__(self, *, first_clause: int = 0, most: int = 0) -> None:
        """`first_clause`: as for `SentenceSplitter`. `most`: maximum number of
        sentences; 0: no limit."""
        self._sanitiser = Sanitiser()
        self._splitter = SentenceSplitter(first_clause=first_clause)
        self._guard = LoopGuard()
        self._most = most
        self._count = 0

    @property
    def over(self) -> bool:
        """Whether nothing more will be spoken: the model repeats itself, or has said enough."""
        return self._guard.looped or self._enough

    def feed(self, delta: str) -> list[str]:
        return self._speak(self._splitter.feed(self._sanitiser.feed(delta)))

    def end(self) -> list[str]:
        spoken = self._speak(self._splitter.feed(self._sanitiser.end()) + self._splitter.end())
        return spoken if self.over else spoken + self._limited(self._guard.end())

    def _speak(self, pieces: Iterable[str]) -> list[str]:
        spoken: list[str] = []
        for piece in pieces:
            if self.over:
                break
            spoken += self._limited(self._guard.feed(piece))
        return spoken

    def _limited(self, pieces: Iterable[str]) -> list[str]:
        spoken: list[str] = []
        for piece in _with_words(pieces):
            if self._enough:
                break
            spoken.append(piece)
            self._count += is_complete(piece)
        return spoken

    @property
    def _enough(self) -> bool:
        return 0 < self._most <= self._count


def spoken_sentences(text: str) -> list[str]:
    """The sentences of a complete text, which may repeat itself."""
    sanitiser = Sanitiser()
    return sentences(sanitiser.feed(text) + sanitiser.end())


def spoken_items(reply: Iterable[ReplyItem], language: str) -> Iterator[ReplyItem]:
    """A skill's reply, sentence by sentence. A user's command may print anything."""
    for item in reply:
        if isinstance(item, Say | Ask):
            with speaking_in(language):
                spoken = spoken_sentences(item.text)
            yield from (replace(item, text=sentence) for sentence in spoken)
        else:
            yield item


def _with_words(pieces: Iterable[str]) -> list[str]:
    """Voices make no sound for punctuation alone."""
    return [piece for piece in pieces if any(map(str.isalnum, piece))]
