"""Proposes a threshold: fewest false accepts first, then fewest misses."""

from collections.abc import Sequence
from dataclasses import dataclass

from marvin.workshop.test_mic.wake_candidates import LEAST_SCORE


@dataclass(frozen=True, slots=True)
class Proposal:
    threshold: float | None
    """None if no threshold separates the words from the room."""
    missed: int
    """Words missed at the threshold; without one, words missed above all room scores."""
    below: float
    """Best score of the room."""
    above: float | None
    """Lowest score of an accepted word."""


def propose(words: Sequence[float], room: Sequence[float], present: float) -> Proposal:
    """A threshold above all room scores, in the middle of the gap below the words.

    If nothing in the room scored, the `present` threshold is kept if it accepts the same words.
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
    """The middle with few digits: above `below`, at most `above`."""
    for digits in (2, 3, 4):
        middle = round((below + above) / 2, digits)
        if below < middle <= above:
            return middle
    return above
