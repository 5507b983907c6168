"""Keyword spotting: a phrase model against a filler model of all phones.

After R. C. Rose and D. B. Paul, A hidden Markov model based keyword recognition system (1990).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marvin.backends.sphinx.acoustics import Scores

_STAY, _MOVE = float(np.log(0.7)), float(np.log(0.3))
_NEXT_PHONE = -20.0
"""Log probability of a phone transition in the filler and before the phrase, on the scale of the
scores, which treat frames as independent."""
_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class SpottedPhrase:
    """The best match of a phrase."""

    chain: int
    """Index of the pronunciation."""
    margin: float
    """Log likelihood ratio of the best path through the phrase to the best through any phones."""
    starts: NDArray[np.int64]
    """First frame of each state, then the end frame; shape (states + 1,)."""


@dataclass(frozen=True, slots=True)
class Filler:
    """The best path through any phones; arrays of shape (frames,)."""

    best: NDArray[np.float64]
    left: NDArray[np.float64]
    """The same at the end of a phone."""


def filler(scores: Scores) -> Filler:
    """`scores`: shape (frames, phones, STATES)."""
    paths = np.full(scores.shape[1:], _NEVER)
    best, left = np.empty(len(scores)), np.empty(len(scores))
    before = 0.0
    for frame, score in enumerate(scores):
        stay = paths + _STAY
        stay[:, 1:] = np.maximum(stay[:, 1:], paths[:, :-1] + _MOVE)
        stay[:, 0] = np.maximum(stay[:, 0], before + _NEXT_PHONE)
        paths = stay + score
        before = float(paths[:, -1].max()) + _MOVE
        best[frame], left[frame] = paths.max(), before
    return Filler(best, left)


def spot(
    anything: Filler, scores: Scores, lengths: Sequence[int], latest: int
) -> list[SpottedPhrase]:
    """The best match of each pronunciation that ends within the last `latest` frames.

    `scores`: the states of all pronunciations concatenated, shape (frames, sum of lengths);
    `lengths`: number of states of each.
    """
    ends = np.cumsum(lengths)
    firsts = ends - np.array(lengths)
    enter = np.concatenate([[0.0], anything.left[:-1]]) + _NEXT_PHONE
    paths = np.full(scores.shape[1], _NEVER)
    totals = np.empty((len(scores), len(ends)))
    came = np.empty(scores.shape, bool)
    for frame, score in enumerate(scores):
        move = np.empty_like(paths)
        move[1:] = paths[:-1] + _MOVE
        move[firsts] = enter[frame]
        stay = paths + _STAY
        came[frame] = move > stay
        paths = np.maximum(move, stay) + score
        totals[frame] = paths[ends - 1]
    margins = (totals - anything.best[:, None])[-latest:]
    first_end = len(scores) - len(margins)
    places = []
    for chain, end in enumerate(margins.argmax(axis=0)):
        starts = _trace(came[:, firsts[chain] : ends[chain]], first_end + int(end))
        if starts is not None:
            places.append(SpottedPhrase(chain, float(margins[end, chain]), starts))
    return places


def _trace(came: NDArray[np.bool_], end: int) -> NDArray[np.int64] | None:
    """Backtrace through the states; None if there are more states than frames."""
    states = came.shape[1]
    if end + 1 < states:
        return None
    starts = np.full(states + 1, end + 1)
    state = states - 1
    for frame in range(end, -1, -1):
        if came[frame, state]:
            starts[state] = frame
            if state == 0:
                return starts
            state -= 1
    return None
