"""Arithmetic on samples, and generated sounds."""

import numpy as np
import pytest

from marvin import pcm
from marvin.audio import chime
from marvin.types import AudioChunk
from tests.audio.sounds import pitch_hz, tone


def test_int16_round_trip_is_exact_within_a_step() -> None:
    samples = tone(0.1)
    assert np.abs(pcm.to_float32(pcm.to_int16(samples)) - samples).max() < 1e-4


def test_int16_clips_and_silences_nan() -> None:
    samples = np.array([2.0, -2.0, np.nan, np.inf, -np.inf], np.float32)
    assert pcm.to_int16(samples).tolist() == [32767, -32767, 0, 32767, -32767]


def test_finite_leaves_good_audio_alone() -> None:
    samples = tone(0.1)
    assert pcm.finite(samples) is samples
    bad = np.array([0.5, np.nan, np.inf], np.float32)
    assert pcm.finite(bad).tolist() == [0.5, 0.0, 1.0]
    # Bytes mistaken for floats, from which a filter would make infinities.
    absurd = pcm.finite(np.array([0.5, 3e38, -3e38], np.float32))
    assert absurd.tolist() == [0.5, 1000.0, -1000.0]
    assert absurd.dtype == np.float32


def test_mono_is_the_mean_and_a_copy() -> None:
    block = np.array([[0.0, 1.0], [0.5, 0.5]], np.float32)
    assert pcm.mono(block).tolist() == [0.5, 0.5]
    one = np.ones((3, 1), np.float32)
    copy = pcm.mono(one)
    one[:] = 0
    assert copy.tolist() == [1.0, 1.0, 1.0]


def test_level_of_sine_silence_and_nothing() -> None:
    assert pcm.level_dbfs(tone(1.0, peak=1.0)) == pytest.approx(-3.01, abs=0.01)
    assert pcm.level_dbfs(np.zeros(10, np.float32)) == pcm.SILENCE_DBFS
    assert pcm.level_dbfs(np.zeros(0, np.float32)) == pcm.SILENCE_DBFS


def test_fades_start_and_end_in_silence_and_leave_the_original() -> None:
    samples = np.ones(100, np.float32)
    faded = pcm.fade_out(pcm.fade_in(samples, 10), 10)
    assert faded[0] == 0.0
    assert faded[-1] == pytest.approx(0.0, abs=0.03)
    assert faded[50] == 1.0
    assert samples.min() == 1.0
    assert len(pcm.fade_out(samples[:3], 10)) == 3


@pytest.mark.parametrize("sound", [chime.wake(), chime.timer(), chime.error()])
def test_chimes_are_soft_and_end_in_silence(sound: AudioChunk) -> None:
    assert pcm.level_dbfs(sound.samples) == pytest.approx(-20.0, abs=0.5)
    assert np.abs(sound.samples).max() < 0.6
    assert abs(sound.samples[0]) < 1e-3
    assert abs(sound.samples[-1]) < 1e-3


def test_timer_rings_for_a_second_and_a_half_and_the_error_tone_falls() -> None:
    assert chime.timer().duration_s == pytest.approx(1.5, abs=0.05)
    assert chime.wake().duration_s < 0.25
    samples = chime.error().samples
    half = len(samples) // 3
    assert pitch_hz(samples[:half], 24_000) > pitch_hz(samples[half + 500 :], 24_000)
