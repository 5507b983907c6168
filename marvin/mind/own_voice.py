"""Recognises what Marvin has just said in what it heard."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from marvin.mind.memory import Memory
from marvin.types import Transcript

_WORD = re.compile(r"[^\W_]+(?:['\u2019.:][^\W_]+)*")
_SIMILAR = 0.6
"""Words that have this share of their letters in common may have been misheard."""
_ENOUGH = 4
"""Words in a row that nobody repeats by chance."""
_MOST_OF_IT = 0.6
"""Share of a sentence that nobody gives as an answer to it."""
_COMMANDS = frozenset(
    {"cancel", "continue", "go", "louder", "no", "quieter", "stop", "wait", "yes"}
)
"""What users say to a voice that speaks, whatever it says."""


@dataclass(frozen=True, slots=True)
class _Match:
    """The words up to some word of both texts, aligned."""

    score: float = 0.0
    same: int = 0
    """Words that are the same or similar."""
    first: int = 0
    """Of Marvin's words."""


def without_echo(transcript: str, spoken: Sequence[str]) -> str:
    """The transcript without the sentences, or the part of them, that it begins with.

    Words may be misheard, missing or added. What is left is empty if Marvin heard only itself.
    """
    heard = list(_WORD.finditer(transcript))
    sentences = [_words(sentence) for sentence in spoken]
    said = [word for sentence in sentences for word in sentence]
    ends = [0]
    for sentence in sentences:
        ends.append(ends[-1] + len(sentence))
    words = [word.group().lower() for word in heard]
    count, last, match = _echo(words, said)
    if count == 0 or not _is_echo(match, last, ends, alone=count == len(words)):
        return transcript
    if set(words) <= _COMMANDS:
        return transcript
    return transcript[heard[count].start() :] if count < len(words) else ""


def _is_echo(match: _Match, last: int, ends: Sequence[int], *, alone: bool) -> bool:
    """Rather than the user, who repeats some words."""
    if match.first in ends and last in ends and match.same >= 0.5 * (last - match.first):
        return True
    touched = [b - a for a, b in pairwise(ends) if a < last and b > match.first]
    whole = match.same >= _MOST_OF_IT * max(touched) or match.same >= 2 * _ENOUGH
    return match.same >= _ENOUGH and (whole or not alone)


def _echo(heard: Sequence[str], said: Sequence[str]) -> tuple[int, int, _Match]:
    """How many words are most likely echo, where that ends in `said`, and how well it matches."""
    row = [_Match(first=at) for at in range(len(said) + 1)]
    best, found = _Match(), (0, 0, _Match())
    for count, word in enumerate(heard, start=1):
        above, row = row, [_Match(score=-count)]
        for at, other in enumerate(said):
            alike = _alike(word, other)
            before, skipped, added = above[at], row[at], above[at + 1]
            choices = (
                _Match(before.score + alike, before.same + (alike > 0), before.first),
                _Match(skipped.score - 1, skipped.same, skipped.first),
                _Match(added.score - 1, added.same, added.first),
            )
            row.append(max(choices, key=lambda match: match.score))
            if row[-1].score > best.score:
                best = row[-1]
                found = count, at + 1, best
    return found


@lru_cache(maxsize=4096)
def _alike(heard: str, said: str) -> float:
    """1 for the same word, -1 for another."""
    if heard == said:
        return 1.0
    matcher = difflib.SequenceMatcher(None, heard, said, autojunk=False)
    return 0.5 if matcher.ratio() >= _SIMILAR else -1.0


def without_own_voice(transcript: Transcript, memory: Memory) -> Transcript:
    """Without what the loudspeaker has just said, in a room where nothing cancels its echo."""
    text = without_echo(transcript.text, memory.just_spoken())
    if text == transcript.text:
        return transcript
    return replace(transcript, text=text, alternatives=(), words=())


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
