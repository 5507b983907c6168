"""Estimating the noise floor of the room."""

import numpy as np
import pytest

from marvin.conversation.noise import QUIETEST_DBFS, NoiseFloor
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk


def noise(dbfs: float, seconds: float) -> list[AudioChunk]:
    random = np.random.default_rng(1)
    count = int(seconds * RATE_HZ) // CHUNK_SAMPLES
    return [
        AudioChunk((random.normal(0, 10 ** (dbfs / 20), CHUNK_SAMPLES)).astype(np.float32))
        for _ in range(count)
    ]


def floor_after(floor: NoiseFloor, chunks: list[AudioChunk]) -> float:
    for chunk in chunks:
        floor.process(chunk)
    return floor.floor_dbfs


def test_room_is_quiet_at_first_and_in_digital_silence() -> None:
    assert NoiseFloor().floor_dbfs == QUIETEST_DBFS
    silence = [AudioChunk(np.zeros(CHUNK_SAMPLES, np.float32))] * 50
    assert floor_after(NoiseFloor(), silence) == QUIETEST_DBFS


def test_floor_follows_the_room_not_the_speech() -> None:
    floor = NoiseFloor()
    assert floor_after(floor, noise(-55, 2)) == pytest.approx(-55, abs=2)
    words = [*noise(-25, 0.6), *noise(-55, 0.2)] * 6
    assert floor_after(floor, words) == pytest.approx(-52, abs=5)


def test_floor_rises_after_some_seconds_and_falls_at_once() -> None:
    floor = NoiseFloor()
    floor_after(floor, noise(-60, 5))
    assert floor_after(floor, noise(-35, 1)) < -50
    assert floor_after(floor, noise(-35, 5)) == pytest.approx(-35, abs=2)
    assert floor_after(floor, noise(-60, 0.7)) < -50
