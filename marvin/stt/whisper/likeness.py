"""Whether a free text and a sentence may be two spellings of the same words.

A short sentence may be all that the grammar has of a longer one: "pause" of "pause the garden
hose". Then the free text has words that nothing in the sentence stands for. Small words do not
count.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

from marvin.languages.language import language
from marvin.stt.grammar_spelling import ENGLISH, small_words

_SMALL = frozenset(
    word
    for words in (
        "a an the my your its this that it there i you me",
        "am are be is was at for from in of on to with",
        "can could do let will would and or so then right well",
        "hey oh uh um ok okay please thank thanks",
    )
    for word in words.split()
)
"""Words that may be there or not."""
_NEGATIONS = frozenset(("not", "don't", "never", "no", "without", "except", "won't", "didn't"))
_LONGER, _MORE_LETTERS = 1.6, 2
"""The free text may be this many times as long as the sentence, and a few letters more."""
_SHORTER = 0.5
"""Share of the sentence's letters that the free text must have."""
_LONGER_PART = 3
"""Letters by which a passage of the free text may be longer than what stands for it."""


def alike(free: Sequence[str], sentence: Sequence[str], code: str = ENGLISH) -> bool:
    """Whether the sentence may be all that the free text says, in the grammar's spelling."""
    small, negations = _SMALL, _NEGATIONS
    if code != ENGLISH:
        small, negations = small_words(code), language(code).words.negations
    said, known = len("".join(free)), len("".join(sentence))
    if not _SHORTER * known <= said <= _LONGER * known + _MORE_LETTERS:
        return False
    if negations & set(free) - set(sentence):
        return False
    changes = SequenceMatcher(None, free, sentence, False).get_opcodes()
    # In noise, free text may begin with words that nobody said.
    return all(
        _stands_for(sentence[first:last], free[left:right], small)
        for at, (kind, left, right, first, last) in enumerate(changes)
        if kind != "equal" and (at or len(changes) == 1)
    )


def _stands_for(known: Sequence[str], said: Sequence[str], small: frozenset[str]) -> bool:
    most = len(_content(known, small))
    return len(_content(said, small)) <= (most + _LONGER_PART if most else 0)


def _content(words: Sequence[str], small: frozenset[str]) -> str:
    return "".join(word for word in words if word not in small)
