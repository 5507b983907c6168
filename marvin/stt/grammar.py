"""Compiles the skills' sentence templates into one small word graph."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache
from itertools import permutations
from typing import TYPE_CHECKING

from marvin.errors import ConfigError
from marvin.stt.automaton import PieceGraph, WordGraph
from marvin.stt.grammar_spelling import ENGLISH, pieces_in, range_word, with_signs
from marvin.stt.spoken import number_words, written

if TYPE_CHECKING:
    from hassil.expression import Expression, ListReference

    from marvin.types import Patterns

_MAX_ENUMERATED = 2_000
"""Longer ranges accept any number of the same magnitude; the matcher checks the limits."""

_MAX_PERMUTED = 5
"""Maximum items of a permutation `(a;b)`, which is expanded to all orders."""


def compile_grammar(patterns: Patterns) -> WordGraph:
    """One graph for all sentences.

    Raises:
        ConfigError: A sentence cannot be parsed, or refers to an unknown list or rule.
    """
    graph = PieceGraph()
    graph.end = graph.add_state()
    for sentence in patterns.sentences:
        compiler = _Compiler(patterns, graph, sentence)
        graph.add_arc(compiler.add(0, compiler.parse(sentence)), "", graph.end)
    return graph.minimal()


def sentence_with(word: str, patterns: Patterns) -> str:
    """A sentence that contains the word, for error messages."""
    for sentence in patterns.sentences:
        if word in map(written, compile_grammar_of(sentence, patterns).words):
            return sentence
    return ""


def compile_grammar_of(sentence: str, patterns: Patterns) -> WordGraph:
    graph = PieceGraph()
    compiler = _Compiler(patterns, graph, sentence)
    graph.end = compiler.add(0, compiler.parse(sentence))
    return graph.minimal()


class _Compiler:
    """Adds one sentence to a graph."""

    def __init__(self, patterns: Patterns, graph: PieceGraph, sentence: str) -> None:
        self._patterns = patterns
        self._graph = graph
        self._sentence = sentence
        self._open_rules: list[str] = []

    def parse(self, template: str) -> Expression:
        """Raises ConfigError."""
        from hassil.parse_expression import parse_sentence
        from hassil.parser import ParseError

        try:
            return parse_sentence(with_signs(self._patterns.language, template)).expression
        except (ParseError, AssertionError) as error:
            raise self._error(f"{template!r} cannot be parsed: {error}") from error

    def add(self, source: int, expression: Expression) -> int:
        """Add the expression after `source`; returns the state after it."""
        from hassil import expression as hassil

        if isinstance(expression, hassil.TextChunk):
            for piece in pieces_in(self._patterns.language, expression.original_text):
                source = self._graph.add_arc(source, piece)
            return source
        if isinstance(expression, hassil.ListReference):
            return self._add_list(source, expression)
        if isinstance(expression, hassil.RuleReference):
            return self._add_rule(source, expression.rule_name)
        if isinstance(expression, hassil.Alternative):
            return self._add_alternatives(source, [[item] for item in expression.items])
        if isinstance(expression, hassil.Permutation):
            if len(expression.items) > _MAX_PERMUTED:
                raise self._error(f"a permutation may have at most {_MAX_PERMUTED} items")
            return self._add_alternatives(source, permutations(expression.items))
        if isinstance(expression, hassil.Group):
            for item in expression.items:
                source = self.add(source, item)
            return source
        raise self._error(f"{type(expression).__name__} is not supported")

    def _add_alternatives(self, source: int, choices: Iterable[Iterable[Expression]]) -> int:
        end = self._graph.add_state()
        for choice in choices:
            state = self._graph.add_arc(source, "")
            for item in choice:
                state = self.add(state, item)
            self._graph.add_arc(state, "", end)
        return end

    def _add_list(self, source: int, reference: ListReference) -> int:
        inline = reference.get_inline_range()
        if inline is not None:
            first, last, step = inline
            if step < 1:
                raise self._error(f"the steps of a range must be 1 or more, not {step}")
            return self._add_numbers(source, range(first, last + 1, step))
        name = reference.list_name
        values = self._patterns.lists.get(name)
        if values is None:
            raise self._error(f"no list {{{name}}}{_similar(name, self._patterns.lists)}")
        if isinstance(values, range):
            return self._add_numbers(source, values)
        return self._add_alternatives(source, [[self.parse(value)] for value in values])

    def _add_numbers(self, source: int, values: range) -> int:
        if self._patterns.language == ENGLISH:
            return self._graph.add_graph(source, number_graph(values))
        return self._graph.add_words(source, [range_word(values)])

    def _add_rule(self, source: int, name: str) -> int:
        body = self._patterns.rules.get(name)
        if body is None:
            raise self._error(f"no rule <{name}>{_similar(name, self._patterns.rules)}")
        if name in self._open_rules:
            raise self._error(f"rule <{name}> contains itself")
        self._open_rules.append(name)
        end = self.add(source, self.parse(body))
        self._open_rules.pop()
        return end

    def _error(self, problem: str) -> ConfigError:
        return ConfigError(f"skills: sentence {self._sentence!r}: {problem}")


def _similar(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


@lru_cache(maxsize=64)
def number_graph(values: range) -> WordGraph:
    """Accepts the numbers of a range in words."""
    graph = PieceGraph()
    graph.end = graph.add_state()
    if len(values) <= _MAX_ENUMERATED:
        for value in values:
            _add_number(graph, number_words(value))
    else:
        _add_scales(graph, max(abs(values[0]), abs(values[-1])))
        if values[0] < 0 or values[-1] < 0:
            _add_scales(graph, max(abs(values[0]), abs(values[-1])), sign=["minus"])
    return graph.minimal()


def _add_number(graph: PieceGraph, words: list[str]) -> None:
    """Add a number with its variants: `one hundred five`, `a hundred and five`."""
    state = 0
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        begins: list[list[str]] = [[]]
        if before in ("hundred", "thousand") and "hundred" not in words[index:]:
            begins.append(["=and"])
        after = graph.add_state()
        for begin in begins:
            graph.add_words(state, [*begin, word], after)
        if word == "one" and index == 0 and words[1:2] in (["hundred"], ["thousand"]):
            graph.add_words(state, ["one=a"], after)
        state = after
    graph.add_arc(state, "", graph.end)


def _add_scales(graph: PieceGraph, largest: int, sign: Iterable[str] = ()) -> None:
    """Add any number up to the magnitude of `largest`."""
    hundreds = number_graph(range(1, 1_000))
    state = graph.add_words(0, sign)
    graph.add_words(state, ["zero"], graph.end)
    for scale, name in ((10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if largest >= scale:
            after = graph.add_words(graph.add_graph(state, hundreds), [name])
            graph.add_arc(after, "", graph.end)
            graph.add_arc(state, "", after)
            state = graph.add_state()
            graph.add_arc(after, "", state)
    graph.add_arc(graph.add_graph(state, hundreds), "", graph.end)
