"""Which threshold suits the room: fewest false accepts first, then fewest missed words."""

from collections.abc import Sequence
from dataclasses import dataclass

from marvin.workshop.test_mic.wake_candidates import LEAST_SCORE


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the scores say."""

    threshold: float | None
    """None: no threshold parts the words from the room."""
    missed: int
    """Words that it would miss; without one, those that every quiet threshold misses."""
    below: float
    """The best score of the room."""
    above: float | None
    """The worst score of a word that it lets pass."""


def propose(words: Sequence[float], room: Sequence[float], present: float) -> Proposal:
    """A threshold above everything in the room, in the middle of the gap below the words.

    A room in which nothing scored says nothing against the `present` one: it stays while it lets
    the same words pass.
    """
    below = max(room, default=0.0)
    passing = [score for score in words if score > below and score >= LEAST_SCORE]
    missed = len(words) - len(passing)
    if not passing or 2 * missed > len(words):
        return Proposal(None, missed, below, min(passing, default=None))
    above = min(passing)
    if below == 0.0 and LEAST_SCORE <= present <= above:
        return Proposal(present, missed, below, above)
    return Proposal(max(LEAST_SCORE, _between(below, above)), missed, below, above)


def _between(below: float, above: float) -> float:
    """The middle in as few digits as there is room for: above `below`, at most `above`."""
    for digits in (2, 3, 4):
        middle = round((below + above) / 2, digits)
        if below < middle <= above:
            return middle
    return above
