"""A finite automaton over word pieces, determinised and minimised over whole words."""

from collections.abc import Iterable
from dataclasses import dataclass, field

BREAK = " "
"""Label of an arc between two words."""


@dataclass(frozen=True, slots=True)
class WordGraph:
    """A minimal acyclic automaton over words. State 0 is the start."""

    arcs: tuple[tuple[int, int, str], ...]
    """Source, target, word."""
    accepting: frozenset[int]
    """States in which a sentence may end."""

    @property
    def words(self) -> frozenset[str]:
        return frozenset(word for _, _, word in self.arcs)


@dataclass(slots=True)
class PieceGraph:
    """A nondeterministic automaton whose arcs carry pieces of words, breaks or nothing."""

    arcs: list[list[tuple[str, int]]] = field(default_factory=lambda: [[]])
    """Arcs of each state: label (empty for epsilon) and target."""
    end: int = 0
    """The accepting state."""

    def add_state(self) -> int:
        self.arcs.append([])
        return len(self.arcs) - 1

    def add_arc(self, source: int, label: str, target: int | None = None) -> int:
        """Add an arc to `target`, by default a new state; returns the target."""
        if target is None:
            target = self.add_state()
        self.arcs[source].append((label, target))
        return target

    def add_words(self, source: int, words: Iterable[str], target: int | None = None) -> int:
        """Add a path of whole words with breaks around each; returns its end."""
        for word in words:
            source = self.add_arc(self.add_arc(self.add_arc(source, BREAK), word), BREAK)
        return source if target is None else self.add_arc(source, "", target)

    def add_graph(self, source: int, graph: WordGraph) -> int:
        """Add a copy of a word graph between `source` and a new state, which is returned."""
        states: dict[int, int] = {0: source}
        end = self.add_state()
        for before, after, word in graph.arcs:
            for state in (before, after):
                if state not in states:
                    states[state] = self.add_state()
            self.add_words(states[before], [word], states[after])
        for state in graph.accepting:
            self.add_arc(states[state], "", end)
        return end

    def closure(self, states: Iterable[int]) -> frozenset[int]:
        """The epsilon closure, over arcs without words."""
        found = set(states)
        todo = list(found)
        while todo:
            for label, target in self.arcs[todo.pop()]:
                if label in ("", BREAK) and target not in found:
                    found.add(target)
                    todo.append(target)
        return frozenset(found)

    def words_from(self, states: frozenset[int]) -> dict[str, set[int]]:
        """Whole words that may follow, concatenated from pieces, and the states after them."""
        found: dict[str, set[int]] = {}
        seen: set[tuple[int, str]] = set()
        todo = [(state, "") for state in states]
        while todo:
            state, word = todo.pop()
            if (state, word) in seen:
                continue
            seen.add((state, word))
            if word and state == self.end:
                found.setdefault(word, set()).add(state)
            for label, target in self.arcs[state]:
                if label == BREAK:
                    # Without a word so far, the target is in `states` as well.
                    if word:
                        found.setdefault(word, set()).add(target)
                else:
                    todo.append((target, word + label))
        return found

    def minimal(self) -> WordGraph:
        """The smallest deterministic automaton for the same sentences."""
        start = self.closure([0])
        order: list[frozenset[int]] = [start]
        number = {start: 0}
        arcs: list[list[tuple[str, int]]] = []
        # `order` grows while it is walked: breadth first.
        for states in order:
            row = []
            for word, targets in sorted(self.words_from(states).items()):
                after = self.closure(targets)
                if after not in number:
                    number[after] = len(order)
                    order.append(after)
                row.append((word, number[after]))
            arcs.append(row)
        return _merged(arcs, {number[states] for states in order if self.end in states})


def _merged(arcs: list[list[tuple[str, int]]], accepting: set[int]) -> WordGraph:
    """Merge equivalent states, from the ends backwards."""
    merged: dict[int, int] = {}
    known: dict[tuple[bool, tuple[tuple[str, int], ...]], int] = {}
    for state in _ends_first(arcs):
        row = tuple((word, merged[target]) for word, target in arcs[state])
        merged[state] = known.setdefault((state in accepting, row), len(known))
    # The start was finished last; it becomes state 0.
    last = len(known) - 1
    return WordGraph(
        tuple(
            (last - state, last - target, word)
            for (_, row), state in known.items()
            for word, target in row
        ),
        frozenset(last - state for (accepts, _), state in known.items() if accepts),
    )


def _ends_first(arcs: list[list[tuple[str, int]]]) -> list[int]:
    """States in reverse topological order."""
    done: dict[int, None] = {}
    todo = [0]
    while todo:
        state = todo[-1]
        open_targets = [target for _, target in arcs[state] if target not in done]
        if open_targets:
            todo.extend(open_targets)
        else:
            done[todo.pop()] = None
    return list(done)
