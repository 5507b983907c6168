"""The level meter, which also detects dead and overdriven microphones."""

import numpy as np
import pytest

from marvin.types import CHUNK_SAMPLES, AudioChunk
from marvin.workshop.test_mic.meter import DEAD_S, Meter
from tests.workshop.mic.observations import CHUNK_S


def feed(meter: Meter, level: float, seconds: float) -> Meter:
    for _ in range(round(seconds / CHUNK_S)):
        meter.process(AudioChunk(np.full(CHUNK_SAMPLES, level, np.float32)))
    return meter


def test_level_rises_at_once_and_falls_slowly() -> None:
    meter = feed(Meter(), 0.001, 1.0)
    assert meter.level_dbfs == pytest.approx(-60, abs=0.1)
    feed(meter, 0.1, CHUNK_S)
    assert meter.level_dbfs == pytest.approx(-20, abs=0.1)
    feed(meter, 0.001, 1.0)
    assert meter.level_dbfs == pytest.approx(-40, abs=1)


def test_peak_is_held_before_it_falls() -> None:
    meter = feed(feed(Meter(), 0.5, CHUNK_S), 0.001, 1.4)
    assert meter.peak_dbfs == pytest.approx(-6, abs=0.1)
    feed(meter, 0.001, 4.0)
    assert meter.peak_dbfs == pytest.approx(-60, abs=1)
    assert meter.loudest_dbfs == pytest.approx(-6, abs=0.1)


@pytest.mark.parametrize(("level", "zeros"), [(0.0, True), (10 / 32768, False)])
def test_microphone_that_is_silent_for_seconds_is_dead(level: float, zeros: bool) -> None:
    meter = feed(feed(Meter(), 0.1, 1.0), level, DEAD_S - 0.2)
    assert not meter.dead
    feed(meter, level, 0.4)
    assert (meter.dead, meter.zeros) == (True, zeros)
    feed(meter, 11 / 32768, CHUNK_S)
    assert not meter.dead


def test_clipping_is_several_samples_at_full_scale_and_stays_for_a_while() -> None:
    meter = Meter()
    samples = np.full(CHUNK_SAMPLES, 0.5, np.float32)
    samples[:2] = 1.0
    meter.process(AudioChunk(samples))
    assert meter.clipped_s == 0.0, "two may be chance"
    samples[2] = -1.0
    meter.process(AudioChunk(samples))
    feed(meter, 0.5, 2.8)
    assert meter.clipping
    assert meter.clipped_s == pytest.approx(CHUNK_S)
    assert not feed(meter, 0.5, 0.4).clipping
