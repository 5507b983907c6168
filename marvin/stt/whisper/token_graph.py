"""The sentences of a grammar as tokens, in every form in which Whisper may write them.

A node stands between two tokens. Nodes are made when they are first reached, one small trie per
state of the word graph, so the size does not depend on the number of sentences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from marvin.stt.automaton import WordGraph
from marvin.stt.grammar_spelling import ENGLISH, numbers_of
from marvin.stt.spoken import SILENT, SMALL_NUMBERS, TENS, written
from marvin.stt.whisper.written_forms import (
    ENDINGS,
    LARGEST,
    SIGNS,
    VALUES,
    courtesies,
    number_forms,
    openings,
    requests,
    word_forms,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tokenize = Callable[[Sequence[str]], list[list[int]]]
KeyT = TypeVar("KeyT")

_NUMBER_WORDS = frozenset((*SMALL_NUMBERS, *TENS, "hundred"))

_BEGIN, _POLITE, _END, _ANSWER = -1, -2, -3, -4
"""States around those of the word graph: before the wake phrase, behind a courtesy, behind the
punctuation at the end, and before the wake phrase where an answer may follow."""


@dataclass(eq=False, slots=True)
class _Node:
    children: dict[int, _Node] = field(default_factory=dict)
    exits: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    """States of the word graph that are reached here, with the words in between."""
    sorted: NDArray[np.int64] | None = None

    def add(self, tokens: Iterable[int], state: int, words: tuple[str, ...] = ()) -> None:
        node = self
        for token in tokens:
            node = node.children.setdefault(token, _Node())
        node.exits.append((state, words))

    def tokens(self) -> NDArray[np.int64]:
        if self.sorted is None:
            self.sorted = np.array(sorted(self.children), np.int64)
        return self.sorted


@dataclass(frozen=True, slots=True)
class GraphPlace:
    """Where a sequence of tokens leads; more than one node if its words are ambiguous."""

    nodes: tuple[tuple[_Node, tuple[str, ...]], ...]
    """Each with the words so far."""
    complete: tuple[str, ...] = ()
    """The sentences that may end here."""


class TokenGraph:
    """A deterministic automaton over tokens, made from one over words."""

    def __init__(
        self,
        graph: WordGraph,
        tokenize: Tokenize,
        wake_phrases: Sequence[str] = (),
        answers: WordGraph | None = None,
        code: str = ENGLISH,
    ) -> None:
        """`wake_phrases` may precede a sentence. `answers` are further sentences, if wanted.
        `code`: of the language."""
        self._tokenize = tokenize
        self._code = code
        answers = answers or WordGraph((), frozenset())
        first = 1 + max((max(arc[:2]) for arc in graph.arcs), default=0)
        self._begins = {_BEGIN: 0, _ANSWER: first}
        self._accepting = {*graph.accepting, *(first + state for state in answers.accepting)}
        self._arcs: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for source, target, word in graph.arcs:
            self._arcs[source].append((word, target))
        for source, target, word in answers.arcs:
            self._arcs[first + source].append((word, first + target))
        words = [word for word in graph.words | answers.words if numbers_of(word) is None]
        self._words = self._tokenized({word: word_forms(word, code) for word in words})
        signs = SIGNS if code == ENGLISH else {"%": ("%",)}
        # One token: "%.".
        self._ended = self._tokenized(
            {word: tuple(sign + end for sign in signs[word] for end in ENDINGS) for word in signs}
        )
        self._numbers = self._tokenized({n: number_forms(n, code) for n in range(LARGEST + 1)})
        self._endings = tokenize(ENDINGS)
        self._courtesies = tokenize(courtesies(code))
        self._openings = tokenize([*openings(wake_phrases), *openings(requests(code))])
        self._comma = tokenize([","])[0]
        self._roots: dict[int, _Node] = {}

    def start(self, opening: Sequence[int] = (), *, answer: bool = False) -> GraphPlace:
        """Before the first token. `opening`: tokens that may also precede a sentence."""
        nodes: list[tuple[_Node, tuple[str, ...]]] = []
        for begin in (_BEGIN, _ANSWER) if answer else (_BEGIN,):
            nodes.append((self._root(begin), ()))
            if opening:
                node = _Node()
                node.add(opening, begin)
                nodes.append((node, ()))
        return GraphPlace(tuple(nodes))

    def tokens(self, place: GraphPlace) -> NDArray[np.int64]:
        """The tokens that may follow."""
        if len(place.nodes) == 1:
            return place.nodes[0][0].tokens()
        parts = [node.tokens() for node, _ in place.nodes]
        return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)

    def after(self, place: GraphPlace, token: int) -> GraphPlace:
        """Where the token leads, which must be one of `tokens`."""
        nodes: dict[tuple[_Node, tuple[str, ...]], None] = {}
        complete: dict[str, None] = {}
        for node, words in place.nodes:
            child = node.children.get(token)
            if child is None:
                continue
            if child.children:
                nodes[child, words] = None
            for state, more in child.exits:
                said = words + more
                nodes[self._root(state), said] = None
                if said and (state in self._accepting or state in (_POLITE, _END)):
                    complete[" ".join(filter(None, map(written, said)))] = None
        return GraphPlace(tuple(nodes), tuple(complete))

    def accepts(
        self, tokens: Iterable[int], opening: Sequence[int] = (), *, answer: bool = False
    ) -> bool:
        """Whether the tokens are a sentence."""
        place = self.start(opening, answer=answer)
        for token in tokens:
            place = self.after(place, token)
        return bool(place.complete)

    def _root(self, state: int) -> _Node:
        if state not in self._roots:
            self._roots[state] = self._made(state)
        return self._roots[state]

    def _made(self, state: int) -> _Node:
        root = _Node()
        place = self._begins.get(state, state)
        if place != state:
            for tokens in self._openings:
                root.add(tokens, state)
        for word, target in self._arcs.get(place, ()):
            for number in numbers_of(word) or ():
                for tokens in self._numbers[number]:
                    root.add(tokens, target, (str(number),))
            for tokens in self._words.get(word, ()):
                root.add(tokens, target, (word,))
            if target in self._accepting:
                for tokens in self._ended.get(word, ()):
                    root.add(tokens, _END, (word,))
        for number, target, words in self._said_numbers(place):
            for tokens in self._numbers[number]:
                root.add(tokens, target, words)
        if place == state and place in self._arcs:
            root.add(self._comma, place)
        if place == state and place in self._accepting:
            for tokens in self._courtesies:
                root.add(tokens, _POLITE)
        if place in self._accepting or place == _POLITE:
            for tokens in self._endings:
                root.add(tokens, _END)
        return root

    def _said_numbers(self, state: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """English numbers that may follow in words: each with the state after it and its words."""
        if self._code != ENGLISH:
            return
        todo: list[tuple[int, tuple[str, ...]]] = [(state, ())]
        while todo:
            before, words = todo.pop()
            for word, target in self._arcs.get(before, ()):
                said = (*words, word)
                silent = not written(word)
                if silent and words and word == f"{SILENT}and":
                    todo.append((target, said))
                elif written(word) in _NUMBER_WORDS:
                    number = VALUES.get(tuple(filter(None, map(written, said))))
                    if number is not None:
                        yield number, target, said
                        todo.append((target, said))

    def _tokenized(self, texts: Mapping[KeyT, tuple[str, ...]]) -> dict[KeyT, list[list[int]]]:
        tokens = iter(self._tokenize([text for forms in texts.values() for text in forms]))
        return {key: [next(tokens) for _ in forms] for key, forms in texts.items()}
