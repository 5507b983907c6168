"""The counting of the benchmark of speaker identification."""

import numpy as np
import pytest

from benchmarks.accuracy.who_speaks import Counts, equal_error_rate, households


@pytest.mark.parametrize(
    ("own", "others", "rate"),
    [
        ([0.8, 0.9], [0.1, 0.2], 0.0),
        ([0.1, 0.9], [0.2, 0.8], 0.5),
        ([0.1, 0.2], [0.8, 0.9], 1.0),
        ([0.3, 0.6, 0.7, 0.8], [0.1, 0.2, 0.35, 0.2], 0.25),
    ],
)
def test_equal_error_rate(own: list[float], others: list[float], rate: float) -> None:
    assert equal_error_rate(own, others) == pytest.approx(rate)


def test_households_have_three_different_people() -> None:
    people = list("abcdefgh")
    for name in ("a", None):
        for household in households(name, people, np.random.default_rng(1)):
            assert len(set(household)) == 3
            assert name is None or household[0] == name


def test_strangers_cannot_be_right() -> None:
    counts = Counts()
    for speaker, named in (("a", "a"), ("a", "b"), ("a", ""), ("", ""), ("", "b")):
        counts.add(speaker, named)
    assert (counts.right, counts.somebody_else, counts.nobody, counts.total) == (1, 2, 2, 5)
