"""Intervals compared with published values, and the trade-off curve."""

from math import inf, isnan

import pytest

from marvin.workshop.wake_eval.rates import GRID, Interval, accepted, curve, per_hour, share, waking


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [  # R. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_proportion_has_wilson_s_interval(count: int, of: int, low: float, high: float) -> None:
    interval = share(count, of)
    assert interval.estimate == count / of
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-4)


def test_perfect_score_is_never_certain() -> None:
    interval = share(10, 10)
    assert interval.high == 1.0
    assert interval.low == pytest.approx(0.7225, abs=1e-4)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # Exact limits of a Poisson mean, which Byar's approximate.
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)],
)
def test_rate_has_nearly_the_exact_poisson_interval(count: int, low: float, high: float) -> None:
    interval = per_hour(count, 3600.0)
    assert interval.estimate == count
    assert interval.low == pytest.approx(low, abs=0.02)
    assert interval.high == pytest.approx(high, abs=0.03)


def test_rate_is_per_hour() -> None:
    assert per_hour(3, 1800.0).estimate == 6.0
    assert per_hour(3, 1800.0).high == pytest.approx(2 * per_hour(3, 3600.0).high)


def test_without_recordings_nothing_is_known() -> None:
    proportion, rate = share(0, 0), per_hour(0, 0.0)
    assert isnan(proportion.estimate)
    assert isnan(rate.estimate)
    assert (proportion.low, proportion.high, rate.low, rate.high) == (0.0, 1.0, 0.0, inf)


def test_refractory_period_begins_with_a_counted_detection() -> None:
    candidates = [(1.0, 0.4), (1.5, 0.9), (2.5, 0.6), (3.0, 0.7)]
    assert waking(candidates, 0.5, 1.5) == [1, 3]
    assert accepted(candidates, 0.5, 1.5) == 2
    assert accepted(candidates, 0.3, 1.5) == 2
    assert accepted(candidates, 0.3, 0.0) == 4
    assert accepted(candidates, 0.95, 0.0) == 0


def test_period_that_has_just_ended_is_over() -> None:
    assert accepted([(0.1, 0.9), (0.1 + 0.2, 0.9)], 0.5, 0.2) == 2


def test_higher_threshold_misses_more_and_has_fewer_false_accepts() -> None:
    points = curve([0.9, 0.5, 0.0], [[(1.0, 0.6), (9.0, 0.3)], []], 1800.0, 1.0, (0.2, 0.5, 0.7))
    assert [point.missed for point in points] == [1, 1, 2]
    assert [point.accepted for point in points] == [2, 1, 0]
    assert points[1].misses == share(1, 3)
    assert points[1].false_accepts == Interval(2.0, *[2 * limit for limit in _limits(1)])
    assert (points[0].positives, points[0].seconds) == (3, 1800.0)


def test_grid_covers_all_thresholds() -> None:
    assert list(GRID) == sorted(GRID)
    assert (GRID[0], GRID[-1]) == (0.05, 0.99)


def _limits(count: int) -> tuple[float, float]:
    interval = per_hour(count, 3600.0)
    return interval.low, interval.high
