"""Counting resources and detecting growth."""

import os
import random

import pytest

from benchmarks.robustness.resources import Held, growth, leaks, median_slope

HOURS = [0.1 * at for at in range(240)]


def test_leak_is_found_in_noise() -> None:
    noise = random.Random(1)
    grown = growth(HOURS, [500 + 2 * hour + noise.gauss(0, 3) for hour in HOURS])
    assert grown.slope == pytest.approx(2.0, abs=0.2)
    assert grown.settled == pytest.approx(2.0, abs=0.5)
    assert grown.error < 0.1
    assert grown.end_minus_start == pytest.approx(2 * 24 * 0.8, abs=2)


def test_pool_that_grew_once_is_not_a_leak() -> None:
    grown = growth(HOURS, [500.0 if hour < 20 else 520.0 for hour in HOURS])
    assert grown.slope > 0.5
    assert grown.settled == 0.0


def test_growth_that_settles_after_the_start_is_not_a_leak() -> None:
    grown = growth(HOURS, [500.0 - 50.0 * 0.5**hour for hour in HOURS])
    assert grown.slope > 0.5
    assert grown.settled < 0.01


def test_one_point_has_no_trend() -> None:
    with pytest.raises(ValueError, match="two points"):
        growth([1.0], [2.0])
    with pytest.raises(ValueError, match="two points"):
        growth([1.0, 1.0], [2.0, 3.0])
    assert median_slope([1.0], [2.0]) == 0.0


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([5, 5, 5, 5, 5, 5], False),
        ([5, 9, 5, 9, 5, 9], False),
        ([5, 6, 7, 8, 9, 10], True),
        ([9, 5, 5, 5, 5, 6], False),
        ([5, 6], False),
    ],
)
def test_count_that_stays_higher_is_a_leak(row: list[int], expected: bool) -> None:
    assert leaks(row) is expected


async def test_open_file_is_counted() -> None:
    before = Held.now(0.0)
    opened = os.open(__file__, os.O_RDONLY)
    assert Held.now(0.0).files == before.files + 1
    os.close(opened)
    after = Held.now(0.0)
    assert after.files == before.files
    assert after.memory_mb > 10
