"""Clips in simulated and measured rooms."""

import numpy as np
import pytest

from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_eval.rooms import SIMULATED, clarity_db, simulated_rooms
from marvin.workshop.wake_train.room_acoustics import in_room


@pytest.fixture(scope="module")
def rooms() -> list[Samples]:
    return simulated_rooms(seed=1)


def test_simulated_rooms_begin_with_the_direct_sound_and_die_away(rooms: list[Samples]) -> None:
    assert len(rooms) == SIMULATED
    for room in rooms:
        energy = np.square(room, dtype=np.float64)
        assert energy.sum() == pytest.approx(1.0, rel=1e-3)
        assert room[0] > 0.0
        early, late = energy[: RATE_HZ // 10].sum(), energy[-RATE_HZ // 10 :].sum()
        assert late < early / 100


def test_simulated_rooms_differ_and_come_from_the_seed(rooms: list[Samples]) -> None:
    clarities = [clarity_db(room) for room in rooms]
    assert max(clarities) - min(clarities) > 5.0
    assert all(
        np.array_equal(one, other)
        for one, other in zip(rooms, simulated_rooms(seed=1), strict=True)
    )
    assert not np.array_equal(rooms[0], simulated_rooms(seed=2)[0])


def test_clarity_compares_the_first_50_ms_with_the_rest() -> None:
    room = np.zeros(RATE_HZ, np.float32)
    room[[0, RATE_HZ // 2]] = (1.0, 0.1)
    assert clarity_db(room) == pytest.approx(20.0, abs=0.01)


def test_room_without_walls_changes_nothing_and_an_echo_comes_later() -> None:
    clip = np.random.default_rng(1).normal(0, 0.1, 1_000).astype(np.float32)
    assert in_room(clip, np.ones(1, np.float32)) == pytest.approx(clip, abs=1e-6)
    echo = np.zeros(501, np.float32)
    echo[500] = 1.0
    assert in_room(clip, echo)[500:] == pytest.approx(clip, abs=1e-6)


def test_loud_reverberation_is_not_clipped() -> None:
    room = np.ones(100, np.float32)
    heard = in_room(np.full(1_000, 0.9, np.float32), room)
    assert float(np.abs(heard).max()) == pytest.approx(1.0)
    assert np.count_nonzero(heard > 0.999) > 1, "attenuated as a whole"
