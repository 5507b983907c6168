"""Finding the end of a word, and adding noise at a given level below it."""

import numpy as np
import pytest

from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_eval.speech import FRAME_SAMPLES, active_power, in_noise, word_end


def _word(before_s: float, word_s: float, after_s: float, level: float = 0.1) -> Samples:
    random = np.random.default_rng(1)
    parts = ((before_s, 1e-4), (word_s, level), (after_s, 1e-4))
    return np.concatenate(
        [random.normal(0, scale, round(s * RATE_HZ)).astype(np.float32) for s, scale in parts]
    )


def test_word_ends_with_its_last_loud_frame() -> None:
    assert abs(word_end(_word(0.3, 0.5, 0.4)) - 0.8 * RATE_HZ) <= FRAME_SAMPLES
    assert word_end(_word(0.0, 0.5, 0.0)) == round(0.5 * RATE_HZ)


def test_silence_has_no_word_and_ends_where_it_ends() -> None:
    silence = np.zeros(1_000, np.float32)
    assert word_end(silence) == 1_000
    assert active_power(silence) == 0.0


def test_level_is_that_of_the_speech_without_its_pauses() -> None:
    assert active_power(_word(2.0, 0.5, 2.0)) == pytest.approx(0.01, rel=0.05)


@pytest.mark.parametrize("snr_db", [10.0, 0.0, -5.0])
def test_noise_is_the_given_level_below_the_speech(snr_db: float) -> None:
    clip = _word(0.2, 0.5, 0.2)
    noise = np.random.default_rng(2).normal(0, 0.02, len(clip) + 2 * RATE_HZ).astype(np.float32)
    mixed = in_noise(clip, noise, snr_db)
    assert len(mixed) == len(noise)
    before = float(np.mean(mixed[:RATE_HZ] ** 2))
    assert 10 * np.log10(active_power(clip) / before) == pytest.approx(snr_db, abs=0.2)


def test_loud_mixtures_are_attenuated_and_not_clipped() -> None:
    clip = _word(0.0, 0.5, 0.0, level=0.3)
    noise = np.random.default_rng(2).normal(0, 1, len(clip) + RATE_HZ).astype(np.float32)
    mixed = in_noise(clip, noise, -10.0)
    assert float(np.abs(mixed).max()) == pytest.approx(1.0)
    assert np.count_nonzero(np.abs(mixed) > 0.999) < 5
