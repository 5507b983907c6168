"""Splitting an utterance that is too long for the model."""

import numpy as np
import pytest

from marvin.stt.windows import Cut, complete, next_cut, silent
from marvin.types import RATE_HZ, Samples

STAMP = 100
"""The first timestamp token in these tests."""


def sound(*parts: tuple[float, float]) -> Samples:
    """Noise: duration and loudness of each part."""
    rng = np.random.default_rng(1)
    pieces = [rng.normal(0.0, loud, round(length * RATE_HZ)) for length, loud in parts]
    return np.concatenate(pieces).astype(np.float32)


def seconds(cut: Cut) -> float:
    return cut.end / RATE_HZ


def test_utterance_that_fits_is_not_split() -> None:
    samples = sound((2.0, 0.1))
    assert next_cut(samples, 0, len(samples)) == Cut(len(samples), True)
    assert next_cut(samples[:0], 0, RATE_HZ) == Cut(0, True)


def test_cut_is_in_the_last_pause_of_the_window() -> None:
    samples = sound((6, 0.1), (0.5, 0.0), (1, 0.1), (0.4, 0.001), (1, 0.1), (0.1, 0.0), (9, 0.1))
    cut = next_cut(samples, 0, 10 * RATE_HZ)
    assert cut.safe
    assert 7.6 <= seconds(cut) <= 7.85


def test_without_a_pause_the_cut_is_at_the_quietest_place() -> None:
    samples = sound((6, 0.1), (0.3, 0.05), (10, 0.1))
    cut = next_cut(samples, 0, 10 * RATE_HZ)
    assert not cut.safe
    assert 6.0 <= seconds(cut) <= 6.3


@pytest.mark.parametrize("loud", [0.0, 0.1])
def test_windows_follow_each_other_to_the_end(loud: float) -> None:
    samples = sound((3.3, loud), (0.3, 0.0), (7.7, loud))
    start, cuts = 0, 0
    while start < len(samples):
        cut = next_cut(samples, start, 2 * RATE_HZ)
        assert start < cut.end <= start + 2 * RATE_HZ
        start, cuts = cut.end, cuts + 1
    assert cuts <= 11


def test_pause_is_recognised_by_contrast() -> None:
    samples = sound((3, 0.1), (3, 0.002), (0.5, 0.1))
    assert silent(samples, round(3.1 * RATE_HZ), 6 * RATE_HZ)
    assert not silent(samples, 2 * RATE_HZ, 5 * RATE_HZ)
    assert not silent(samples, 3 * RATE_HZ, len(samples))
    assert silent(samples, len(samples) - 10, len(samples)), "too short for a word"


@pytest.mark.parametrize("length", [10, 1_000, RATE_HZ])
def test_uniform_sound_has_no_pause(length: int) -> None:
    assert not silent(sound((1, 0.1))[:length], 0, length)


@pytest.mark.parametrize(
    ("tokens", "kept", "position"),
    [
        ([], [], None),
        ([1, 2], [1, 2], None),
        ([100, 1, 2, 150], [100, 1, 2, 150], None),
        ([100, 1, 150, 150, 2, 180], [100, 1, 150, 150, 2, 180], None),
        ([100, 1, 150, 160, 2], [100, 1, 150], 50),
        ([100, 1, 150, 150, 2, 170, 170], [100, 1, 150, 150, 2, 170], 70),
        ([100, 100, 1], [100, 100, 1], None),
    ],
    ids=["nothing", "no times", "one segment", "to the end", "cut off", "all ended", "no progress"],
)
def test_incomplete_segments_are_heard_again(
    tokens: list[int], kept: list[int], position: int | None
) -> None:
    assert complete(tokens, STAMP) == (kept, position)
