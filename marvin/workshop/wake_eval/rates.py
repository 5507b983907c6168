"""Miss rates and false accepts per hour, with 95 % intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan, sqrt

_Z = 1.959964
"""97.5 % quantile of the standard normal distribution."""

GRID = (*(step / 20 for step in range(1, 20)), 0.97, 0.98, 0.99)
"""Thresholds of the curve."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval."""

    estimate: float
    low: float
    high: float


@dataclass(slots=True)
class OperatingPoint:
    """Misses and false accepts at a threshold."""

    threshold: float
    misses: Interval
    """Share of missed positives, in [0, 1]."""
    missed: int
    positives: int
    false_accepts: Interval
    """Per hour."""
    accepted: int
    """Number of false accepts."""
    seconds: float
    """Length of the negatives."""


def share(count: int, of: int) -> Interval:
    """`count` out of `of`, with Wilson's score interval (J. Am. Stat. Assoc. 22, 1927, p. 209)."""
    if of == 0:
        return Interval(nan, 0.0, 1.0)
    estimate = count / of
    spread = _Z * _Z / of
    middle = estimate + spread / 2
    half = sqrt(spread * (estimate * (1 - estimate) + spread / 4))
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    # Keep the estimate inside despite rounding.
    return Interval(estimate, max(0.0, min(low, estimate)), min(1.0, max(high, estimate)))


def per_hour(count: int, seconds: float) -> Interval:
    """The hourly rate of `count` random events in `seconds`.

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
    """Indices of the candidates (time_s, score), in order, that would be detections."""
    found = []
    # Tolerate rounding, because times are ratios of samples.
    free_from = -inf
    for place, (time_s, score) in enumerate(candidates):
        if score >= threshold and time_s >= free_from - 1e-6:
            found.append(place)
            free_from = time_s + refractory_s
    return found


def accepted(
    candidates: Sequence[tuple[float, float]], threshold: float, refractory_s: float
) -> int:
    """Number of detections."""
    return len(waking(candidates, threshold, refractory_s))


def curve(
    positives: Sequence[float],
    negatives: Sequence[Sequence[tuple[float, float]]],
    seconds: float,
    refractory_s: float,
    thresholds: Sequence[float] = GRID,
) -> list[OperatingPoint]:
    """One operating point per threshold.

    `positives`: best score in each recording of the word, 0 if none. `negatives`: (time_s, score)
    of all candidates, in order, for each recording without it. `seconds`: total length of the
    negatives.
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
