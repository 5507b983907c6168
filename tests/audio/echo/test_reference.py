"""What was played is found again, between two samples too."""

import numpy as np
import pytest

from marvin.audio.echo.reference import Reference, StreamClock
from marvin.types import RATE_HZ, AudioChunk
from tests.audio.sounds import chunks_of, tone


def test_playback_at_another_rate_is_found_at_its_time() -> None:
    reference = Reference(5.0)
    for chunk in chunks_of(tone(1.0, 48_000), 48_000):
        reference.play(chunk, chunk.start / 48_000)
    reference.update()
    reference.finish()
    assert np.abs(reference.between(4000, 4000) - tone(1.0)[4000:8000]).max() < 1e-3
    assert not reference.between(2 * RATE_HZ, 640).any()


def test_samples_between_two_are_interpolated() -> None:
    reference = Reference(5.0)
    fine = tone(1.0, 4 * RATE_HZ, 1000.0)
    reference.play(AudioChunk(fine[::4]), 0.0)
    reference.update()
    for quarter in range(4):
        between = reference.between(1000 + quarter / 4, 640)
        assert np.abs(between - fine[4000 + quarter : 6560 + quarter : 4]).max() < 1e-3


def test_silence_between_two_replies_is_silent() -> None:
    reference = Reference(5.0)
    for start in (0, 3 * RATE_HZ):
        reference.play(AudioChunk(tone(1.0), start=start), start / RATE_HZ)
    reference.update()
    assert not reference.between(RATE_HZ + 10, 2 * RATE_HZ - 20).any()
    assert np.allclose(reference.between(3 * RATE_HZ, RATE_HZ), tone(1.0), atol=1e-6)
    assert reference.restarts == 0


def test_only_the_last_seconds_are_kept() -> None:
    reference = Reference(1.0)
    reference.play(AudioChunk(tone(3.0)), 0.0)
    reference.update()
    assert not reference.between(0, 2 * RATE_HZ - 10).any()
    assert np.allclose(reference.between(2 * RATE_HZ + 100, 640), tone(3.0)[32100:32740], atol=1e-6)


@pytest.mark.parametrize("start", [0, 20 * RATE_HZ])
def test_reopened_device_is_noticed_wherever_it_counts(start: int) -> None:
    reference = Reference(5.0)
    reference.play(AudioChunk(tone(1.0), start=10 * RATE_HZ), 10.0)
    reference.play(AudioChunk(tone(1.0), start=start), 50.0)
    reference.update()
    assert reference.restarts == 1
    assert np.allclose(reference.between(start, RATE_HZ), tone(1.0), atol=1e-6)


def test_nobody_listening_does_not_fill_memory() -> None:
    reference = Reference(1.0)
    for start in range(10_000):
        reference.play(AudioChunk(tone(0.01), start=160 * start), start / 100)
    reference.update()
    assert reference.end == 10_000 * 160


def test_clock_ignores_delays_by_chance_and_follows_drift() -> None:
    clock, random = StreamClock(), np.random.default_rng(1)
    for at in range(3000):
        position_s = at * 0.04 * (1 + 1e-4)
        assert clock.tick(position_s, 7.0 + at * 0.04 + random.uniform(0.0, 0.03))
    assert clock.zero_s == pytest.approx(7.0 - 3000 * 0.04 * 1e-4, abs=0.006)
