"""Ends an answer that repeats itself, as small language models do until they are stopped."""

import re
from collections import Counter
from collections.abc import Sequence

# A repetition penalty in the model would change answers that are fine, and no server has to obey
# one. Songs, jokes and counting repeat themselves too, but go on.

_LOOP_WORDS = 12
"""So many words in a row that were said before, in at least two sentences, are a loop."""
_REFRAIN = 3
"""How often one sentence may be said, at most."""
_REFRAIN_WORDS = 4
"""Shorter sentences ("Yes.") may be said more often."""
_RUN_TIMES = 4
"""So many times in a row, the same words are a loop, ..."""
_RUN_WORDS = 9
"""... if they are this many in all: "no, no, no, no" is not."""

_LINE_WORDS, _LINE_TIMES = 8, 3
"""As many words in a row are a loop sooner: no sentence ends between lines of verse."""
_LONGEST_RUN = 120
"""How many words back a run is looked for."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:['\u2019][^\W_]+)*")
_LIST_NUMBER = re.compile(r"\s*\d{1,3}[.)]\s+")
_ENDS = re.compile(r"""[.!?…。！？｡।॥؟۔]["'”’»」』）)\]]*$""")  # noqa: RUF001

_JOINS = re.compile(r"[\s,;:]+(?:and|or|but)$", re.IGNORECASE)

_Words = tuple[str, ...]


class LoopGuard:
    """Lets sentences through up to the first loop. A sentence that was said before waits until the
    answer goes on with a new one."""

    def __init__(self) -> None:
        self.looped = False
        """Whether the rest of the answer is a loop."""
        self._said: Counter[_Words] = Counter()
        """Complete sentences."""
        self._begun: _Words = ()
        """The words of a sentence of which only the first pieces have come."""
        self._last: _Words = ()
        self._again = False
        """The last sentence is the one before it."""
        self._held: list[tuple[str, _Words]] = []
        """Repeated sentences."""
        self._words: list[str] = []
        """All words so far, as far as a run may reach back."""

    def feed(self, piece: str) -> Sequence[str]:
        """What can be spoken now."""
        if (kept := self._before_run(piece)) is not None:
            self.looped = True
            return [*self._release(), kept] if kept else []
        words = self._begun + _words(piece)
        complete = is_complete(piece)
        self._begun = () if complete else words
        self._again = words == self._last and len(words) >= _REFRAIN_WORDS
        self._last = words
        repeated = bool(words) and self._is_repeated(words, complete)
        self._said[words] += complete
        if repeated:
            self._held.append((piece, words))
            self.looped = self._is_loop(words)
            return []
        return [*self._release(), piece]

    def end(self) -> Sequence[str]:
        """A last sentence that was said before is a refrain, unless it breaks off, or says at once
        what was just said."""
        if self._begun or self._again:
            return []
        return self._release()

    def _release(self) -> list[str]:
        pieces = [piece for piece, _ in self._held]
        self._held.clear()
        return pieces

    def _is_repeated(self, words: _Words, complete: bool) -> bool:
        if complete:
            return words in self._said
        return any(said[: len(words)] == words for said in self._said)

    def _is_loop(self, words: _Words) -> bool:
        if len(words) >= _REFRAIN_WORDS and self._said[words] > _REFRAIN:
            return True
        count = sum(len(held) for _, held in self._held)
        return len(self._held) > 1 and count >= _LOOP_WORDS

    def _before_run(self, piece: str) -> str | None:
        """The piece up to where it begins to repeat the same words; None if it does not."""
        matches = list(_WORD.finditer(piece))
        before = len(self._words)
        self._words += [match[0].casefold() for match in matches]
        run = _run(self._words, before)
        if run is None:
            del self._words[:-_LONGEST_RUN]
            return None
        kept = run - before
        if kept <= 0:
            return ""
        return f"{_JOINS.sub('', piece[: matches[kept - 1].end()])}."


def _run(words: Sequence[str], since: int) -> int | None:
    """Where the same words begin again, in the first run that is complete after `since` words."""
    for end in range(since + 1, len(words) + 1):
        for size in range(1, end // _LINE_TIMES + 1):
            least = _RUN_TIMES if size < _LINE_WORDS else _LINE_TIMES
            times = max(least, -(-_RUN_WORDS // size))
            begin = end - times * size
            if begin >= 0 and words[begin : end - size] == words[begin + size : end]:
                return begin + size
    return None


def _words(text: str) -> _Words:
    text = _LIST_NUMBER.sub("", text, count=1)
    return tuple(word.casefold() for word in _WORD.findall(text))


def is_complete(piece: str) -> bool:
    """Whether a sentence ends with it."""
    return _ENDS.search(piece) is not None
