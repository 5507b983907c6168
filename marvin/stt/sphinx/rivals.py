"""Compares each recognised word with others that fit in its place.

A sentence that fits as a whole may have one wrong word, and that word may be the one that matters:
fifteen or fifty, on or off. So each word is judged separately, between the same neighbours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, product
from math import exp, inf
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from marvin.backends.sphinx.acoustics import Densities
from marvin.backends.sphinx.cepstra import Cepstra, with_slopes
from marvin.backends.sphinx.decoder import AlignedWord
from marvin.stt.sphinx.lexicon import Phones
from marvin.stt.spoken import SMALL_NUMBERS, TENS, dictionary_word, written

if TYPE_CHECKING:
    from marvin.backends.sphinx.acoustics import AcousticModel, Scores
    from marvin.stt.automaton import WordGraph

_ONES, _TEENS = SMALL_NUMBERS[1:10], SMALL_NUMBERS[13:]
_TEEN = 32.0
"""Required margin between a teen and a ten, such as thirteen and thirty."""
_CONFUSED: tuple[tuple[frozenset[str], float], ...] = tuple(
    (frozenset(words.split()), least)
    for words, least in (
        *((" ".join(pair), _TEEN) for pair in zip(_TEENS, TENS[1:], strict=True)),
        ("on off", 30.0),
        ("up down", 30.0),
        ("open close", 30.0),
        ("lock unlock", 35.0),
        ("pause resume cancel", 20.0),
        ("start stop", 12.0),
        (" ".join((*SMALL_NUMBERS[1:], *TENS, "hundred point half")), 0.0),
        ("second seconds minute minutes hour hours day days week weeks", 0.0),
    )
)
"""Words that must not be confused, even if the grammar has only one of them, and the required
margin. From `python -m benchmarks.accuracy.spoken_commands --half tune`."""
_ARTICLES = frozenset(("a", "an", "the", "my"))
_NOTHING = ""
"""Stands for a word that may not have been said: "tea" in "a ten minute tea timer"."""
_LEAST = 20.0
"""Required margin over other words of the grammar."""
_OTHER_NUMBER = -20.0
"""The same if the grammar decides between singular and plural: "a minute"."""
_SPREAD = 10.0
"""Margin above the required one that gives a confidence of 0.73."""

_AROUND_FRAMES = 25
"""Audio next to a word that may belong to a longer one: `unlock` for `lock`."""

_STAY, _MOVE = float(np.log(0.7)), float(np.log(0.3))
_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Rival:
    """A word that may have been said instead."""

    text: str
    """The sentence with it; empty if the grammar has none."""
    margin: float
    """Log likelihood ratio of the recognised word to this one, minus the required margin."""


class Rivals:
    """Compares each word of a grammar's sentence with others that fit in its place."""

    def __init__(
        self,
        model: AcousticModel,
        graph: WordGraph,
        pronunciations: Callable[[str], Sequence[Phones]],
    ) -> None:
        self._model = model
        self._pronunciations = pronunciations
        self._after: dict[int, dict[str, int]] = defaultdict(dict)
        for source, target, word in graph.arcs:
            self._after[source][word] = target
        self._accepting = graph.accepting
        self._words = graph.words

    def weigh(
        self,
        features: Cepstra,
        words: Sequence[tuple[str, AlignedWord]],
        loud: NDArray[np.bool_],
    ) -> list[Rival]:
        """All rivals of all words, the closest first; `loud` is from `loud_frames`."""
        densities = self._model.densities(with_slopes(features))
        sentence = [name for name, _ in words if name in self._words]
        found: list[Rival] = []
        place = 0
        for index, (name, _) in enumerate(words):
            if name not in self._words:
                continue
            texts = self._instead(sentence, place)
            if texts:
                margins = self._margins(densities, loud, words, index, texts)
                found += [
                    Rival(text, margins[word] - _least(name, word, text))
                    for word, text in texts.items()
                ]
            if (teen := _teen(sentence[place : place + 2])) is not None:
                # "Fifteen minutes" may be misrecognised as "fifty nine minutes".
                text = self._text([*sentence[:place], teen, *sentence[place + 2 :]])
                pair = [*words[:index], _joined(*words[index : index + 2]), *words[index + 2 :]]
                margin = self._margins(densities, loud, pair, index, [teen])[teen]
                found.append(Rival(text, margin - _TEEN))
            place += 1
        return sorted(found, key=lambda rival: rival.margin)

    def _instead(self, sentence: Sequence[str], place: int) -> dict[str, str]:
        """Words that fit in a place, and the sentence with each."""
        said = sentence[place]
        groups = (words for words, _ in _CONFUSED if dictionary_word(said) in words)
        near = frozenset[str]().union(*groups)
        if _is_compound(sentence[place : place + 2]):
            # No "fourteen nine": the rival of "forty nine" is another ten, or a teen in place of
            # both words.
            near &= frozenset(TENS)
        texts = dict.fromkeys(near - {dictionary_word(said)}, "")
        state: int | None = 0
        for word in sentence[:place]:
            state = self._after[state].get(word) if state is not None else None
        for word, target in self._after[state].items() if state is not None else ():
            if not _same(word, said) and self._accepts(target, sentence[place + 1 :]):
                texts[word] = self._text([*sentence[:place], word, *sentence[place + 1 :]])
        without = [*sentence[:place], *sentence[place + 1 :]]
        if written(said) not in _ARTICLES and (text := self._text(without)):
            texts[_NOTHING] = text
        return texts

    def _text(self, sentence: Sequence[str]) -> str:
        """The written sentence; empty if the grammar does not have it."""
        known = self._accepts(0, sentence)
        return " ".join(filter(None, map(written, sentence))) if known else ""

    def _ways(self, name: str) -> list[Phones]:
        """The pronunciations of one or more words."""
        ways = product(*(self._pronunciations(word) for word in name.split()))
        return [tuple(chain.from_iterable(way)) for way in ways]

    def _accepts(self, state: int | None, words: Iterable[str]) -> bool:
        for word in words:
            if state is None:
                return False
            state = self._after[state].get(word)
        return state in self._accepting

    def _margins(
        self,
        densities: Densities,
        loud: NDArray[np.bool_],
        words: Sequence[tuple[str, AlignedWord]],
        index: int,
        rivals: Iterable[str],
    ) -> dict[str, float]:
        """How much better the word fits than its rivals between the same neighbours."""
        name, here = words[index]
        frames = len(densities.best)
        before = words[index - 1][1] if index else None
        after = words[index + 1][1] if index + 1 < len(words) else None
        first, last = [], []
        start, end = here.start, min(here.end, frames)
        if before is not None and before.end == start:
            first, start = [self._pronunciations(words[index - 1][0])[0]], before.start
        else:
            earliest = max(start - _AROUND_FRAMES, before.end if before is not None else 0)
            while start > earliest and loud[start - 1]:
                start -= 1
        if after is not None and after.start == end:
            last, end = [self._pronunciations(words[index + 1][0])[0]], min(after.end, frames)
        names, chains = [], []
        for word in (name, *rivals):
            for way in self._ways(word):
                if first or way or last:
                    names.append(word)
                    chains.append(self._model.senones(*first, way, *last))
        part = slice(start, end)
        best: dict[str, float] = defaultdict(lambda: _NEVER)
        fits = self._fits(Densities(densities.best[part], densities.relative[part]), chains)
        for word, fit in zip(names, fits, strict=True):
            best[word] = max(best[word], float(fit))
        return {word: best[name] - best[word] for word in rivals}

    def _fits(self, densities: Densities, chains: Sequence[NDArray[np.int64]]) -> Scores:
        """Log likelihood of all of the audio for each chain of states."""
        senones, order = np.unique(np.concatenate(chains), return_inverse=True)
        scores = self._model.scores(densities, senones)[:, order]
        ends = np.cumsum([len(chain) for chain in chains])
        firsts = ends - [len(chain) for chain in chains]
        paths = np.full(scores.shape[1], _NEVER)
        paths[firsts] = scores[0, firsts]
        for score in scores[1:]:
            moved = np.concatenate([[_NEVER], paths[:-1] + _MOVE])
            moved[firsts] = _NEVER
            paths = np.maximum(paths + _STAY, moved) + score
        return np.asarray(paths[ends - 1])


def _is_compound(words: Sequence[str]) -> bool:
    """Whether they are a ten and a unit: "forty nine"."""
    return len(words) == 2 and words[0] in TENS and words[1] in _ONES


def _teen(words: Sequence[str]) -> str | None:
    """The teen that may have been misheard as a ten and a unit."""
    if not _is_compound(words) or words[0] == "twenty":
        return None
    return _TEENS[TENS.index(words[0]) - 1]


def _joined(one: tuple[str, AlignedWord], two: tuple[str, AlignedWord]) -> tuple[str, AlignedWord]:
    whole = AlignedWord(one[1].start, one[1].phones + two[1].phones)
    return f"{one[0]} {two[0]}", whole


def _same(word: str, other: str) -> bool:
    """Whether both words mean the same."""
    one, two = (written(name).removesuffix("s") for name in (word, other))
    return one == two or {one, two} <= _ARTICLES


def _least(word: str, rival: str, text: str) -> float:
    if not text and _same(word, rival):
        return _OTHER_NUMBER
    both = {dictionary_word(word), dictionary_word(rival)}
    return max([_LEAST if text else 0.0, *(least for words, least in _CONFUSED if both <= words)])


def certainty(rivals: Iterable[Rival]) -> float:
    """The confidence that none of the rivals was said, in [0, 1]."""
    closest = min((rival.margin for rival in rivals), default=inf)
    return 1.0 / (1.0 + exp(min(50.0, -closest / _SPREAD)))


def alternatives(rivals: Iterable[Rival]) -> tuple[str, ...]:
    """Sentences that fit better, the likeliest first."""
    return tuple(dict.fromkeys(r.text for r in rivals if r.text and r.margin < 0.0))
