"""Silence around a clause is cut, its words are not, and joins do not click."""

import numpy as np
import pytest

from marvin.tts.kokoro.clause_audio import gain, trimmed, with_pause
from marvin.types import Samples

RATE_HZ = 24_000


def tone(seconds: float, level: float = 0.15) -> Samples:
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (level * np.sin(2 * np.pi * 300 * times)).astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), np.float32)


def test_silence_is_cut_but_for_a_margin() -> None:
    found = trimmed(np.concatenate([silence(0.4), tone(1.0), silence(0.6)]), RATE_HZ)
    assert len(found) / RATE_HZ == pytest.approx(1.09, abs=0.011)
    assert found[0] == found[-1] == 0.0


def test_quiet_consonants_at_both_ends_are_kept() -> None:
    hiss = np.random.default_rng(1).normal(0, 0.012, round(0.08 * RATE_HZ)).astype(np.float32)
    found = trimmed(np.concatenate([silence(0.3), hiss, tone(0.5), hiss, silence(0.5)]), RATE_HZ)
    assert len(found) / RATE_HZ == pytest.approx(0.75, abs=0.021)


def test_a_click_in_the_silence_behind_is_not_kept() -> None:
    audio = np.concatenate([silence(0.3), tone(0.5), silence(0.5)])
    audio[-2400] = 0.01
    assert len(trimmed(audio, RATE_HZ)) / RATE_HZ == pytest.approx(0.59, abs=0.011)


def test_pauses_within_are_kept() -> None:
    audio = np.concatenate([tone(0.3), silence(0.5), tone(0.3)])
    assert len(trimmed(audio, RATE_HZ)) == len(audio)


@pytest.mark.parametrize("audio", [silence(1.0), silence(0.0), tone(0.001), tone(1.0, 0.001)])
def test_nothing_spoken_is_nothing(audio: Samples) -> None:
    assert len(trimmed(audio, RATE_HZ)) == 0


def test_no_step_at_either_end() -> None:
    found = trimmed(tone(0.5) + np.float32(0.2), RATE_HZ)
    assert np.abs(np.diff(found, prepend=0.0, append=0.0)).max() < 0.03


def test_a_sentence_is_followed_by_a_longer_pause_than_a_clause() -> None:
    said = tone(0.5)
    lengths = [len(with_pause(said, mark, RATE_HZ)) for mark in ("n", ",", ".")]
    assert lengths[0] == len(said)
    assert lengths == sorted(set(lengths))
    assert len(with_pause(silence(0.0), ".", RATE_HZ)) == 0


@pytest.mark.parametrize("level", [0.1, 0.15, 0.25])
def test_the_level_becomes_that_of_the_other_voices(level: float) -> None:
    said = np.concatenate([silence(0.3), tone(1.0, level)])
    speech = gain(said) * tone(1.0, level)
    assert np.sqrt(np.mean(speech**2)) == pytest.approx(0.106, rel=0.05)


def test_silence_and_whispers_are_not_blown_up() -> None:
    assert gain(silence(1.0)) == 1.0
    assert gain(tone(1.0, 0.02)) == 2.0
    assert gain(tone(1.0, 1.0)) == 0.5
