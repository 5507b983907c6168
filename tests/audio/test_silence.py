"""Telling a dead microphone from a quiet room."""

import numpy as np

from marvin.audio.silence import DeadAir
from marvin.types import Samples

SECOND = np.zeros(16_000, np.float32)
NOISE = np.random.default_rng(1).normal(0, 1e-4, 16_000).astype(np.float32)


def told(dead_air: DeadAir, *blocks: Samples) -> list[tuple[bool, float]]:
    changes = ((dead_air.push(block, 16_000), dead_air.length_s) for block in blocks)
    return [(change, length_s) for change, length_s in changes if change is not None]


def test_faintest_noise_counts_as_alive() -> None:
    assert told(DeadAir(), *[NOISE] * 30) == []


def test_constant_value_counts_as_dead() -> None:
    assert told(DeadAir(), *[SECOND + np.float32(0.5)] * 12) == [(True, 10.0)]


def test_short_silences_do_not_add_up() -> None:
    assert told(DeadAir(), *[*[SECOND] * 9, NOISE] * 5) == []


def test_repeated_silences_are_reported_after_longer_and_longer_waits() -> None:
    blocks = [*[SECOND] * 25, NOISE] * 3
    assert told(DeadAir(), *blocks) == [(True, 10.0), (False, 25.0), (True, 20.0), (False, 25.0)]
