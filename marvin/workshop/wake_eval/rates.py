"""Misses, false accepts an hour and the trade-off between them, with 95 % intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan, sqrt

_Z = 1.959964
"""Standard normal deviate that leaves 2.5 % above it."""

GRID = (*(step / 20 for step in range(1, 20)), 0.97, 0.98, 0.99)
"""Thresholds at which the trade-off is computed."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and where the truth is, 19 times out of 20."""

    estimate: float
    low: float
    high: float


@dataclass(slots=True)
class OperatingPoint:
    """What a threshold gives."""

    threshold: float
    misses: Interval
    """Share of the positives that are not heard, in [0, 1]."""
    missed: int
    positives: int
    false_accepts: Interval
    """An hour."""
    accepted: int
    """False accepts."""
    seconds: float
    """Of negatives."""


def share(count: int, of: int) -> Interval:
    """`count` out of `of`, with Wilson's score interval (J. Am. Stat. Assoc. 22, 1927, p. 209)."""
    if of == 0:
        return Interval(nan, 0.0, 1.0)
    estimate = count / of
    spread = _Z * _Z / of
    middle = estimate + spread / 2
    half = sqrt(spread * (estimate * (1 - estimate) + spread / 4))
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    # Rounding must not put the estimate outside.
    return Interval(estimate, max(0.0, min(low, estimate)), min(1.0, max(high, estimate)))


def per_hour(count: int, seconds: float) -> Interval:
    """`count` chance events in `seconds`, as a rate an hour.

    The interval is Byar's approximation to the exact Poisson limits (Breslow and Day, Statistical
    Methods in Cancer Research II, IARC 1987, p. 69).
    """
    if seconds <= 0:
        return Interval(nan, 0.0, inf)
    hours = seconds / 3600
    low = 0.0
    if count:
        low = count * max(0.0, 1 - 1 / (9 * count) - _Z / (3 * sqrt(count))) ** 3
    above = count + 1
    high = above * (1 - 1 / (9 * above) + _Z / (3 * sqrt(above))) ** 3
    return Interval(count / hours, low / hours, high / hours)


def waking(
    candidates: Sequence[tuple[float, float]], threshold: float, refractory_s: float
) -> list[int]:
    """Which of a recording's candidates (time_s, score), in order, would be detections."""
    found = []
    # Times are ratios of samples: a period that has just ended must not be lost to rounding.
    free_from = -inf
    for place, (time_s, score) in enumerate(candidates):
        if score >= threshold and time_s >= free_from - 1e-6:
            found.append(place)
            free_from = time_s + refractory_s
    return found


def accepted(
    candidates: Sequence[tuple[float, float]], threshold: float, refractory_s: float
) -> int:
    """How many of them would be."""
    return len(waking(candidates, threshold, refractory_s))


def curve(
    positives: Sequence[float],
    negatives: Sequence[Sequence[tuple[float, float]]],
    seconds: float,
    refractory_s: float,
    thresholds: Sequence[float] = GRID,
) -> list[OperatingPoint]:
    """The trade-off, a point for each threshold.

    `positives`: the best score in each recording of the word, 0 where nothing was found.
    `negatives`: for each recording without it, (time_s, score) of every candidate, in order.
    `seconds`: length of all negatives together.
    """
    points = []
    for threshold in thresholds:
        missed = sum(score < threshold for score in positives)
        wrong = sum(accepted(found, threshold, refractory_s) for found in negatives)
        points.append(
            OperatingPoint(
                threshold=threshold,
                misses=share(missed, len(positives)),
                missed=missed,
                positives=len(positives),
                false_accepts=per_hour(wrong, seconds),
                accepted=wrong,
                seconds=seconds,
            )
        )
    return points
