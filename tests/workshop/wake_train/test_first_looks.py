"""Windows that first looks take for their phrases."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from marvin.types import RATE_HZ, Samples
from marvin.wake.phone_evidence import NAMES
from marvin.wake.verifier import HEARD_SAMPLES
from marvin.workshop.wake_train.first_looks import (
    BaseModel,
    Candidate,
    FirstLook,
    candidates,
    phrases_of,
    runs,
    save,
)
from marvin.workshop.wake_train.second_look import mistaken
from marvin.workshop.wake_train.second_look_material import (
    SYNTHETIC,
    MaterialWord,
    RealVoices,
    may_hold,
)
from tests.workshop.wake_train.tiny import voice_like


class LoudModel(BaseModel):
    """Sees only how loud a window is."""

    def __init__(self) -> None:
        pass

    @property
    def window_samples(self) -> int:
        return RATE_HZ

    def stream(self, samples: Samples) -> tuple[list[int], NDArray[np.float64]]:
        ends = list(range(RATE_HZ, len(samples) + 1, RATE_HZ // 10))
        levels = [[np.abs(samples[end - RATE_HZ // 5 : end]).mean()] for end in ends]
        return ends, np.array(levels)


def test_best_window_of_each_series_is_found() -> None:
    scores = np.array([0.0, 0.2, 0.6, 0.3, 0.0, 0.05, 0.1, 0.1])
    assert list(runs(scores)) == [2, 6]
    assert list(runs(np.zeros(3))) == []


def test_what_may_be_the_phrase_is_no_candidate() -> None:
    look = FirstLook("garden gate", np.array([50.0]), -5.0)
    samples = np.zeros(8 * RATE_HZ, np.float32)
    samples[3 * RATE_HZ : 3 * RATE_HZ + 8_000] = 0.5
    samples[6 * RATE_HZ : 6 * RATE_HZ + 8_000] = 0.5
    words = [MaterialWord("gardener", 3 * RATE_HZ, 3 * RATE_HZ + 8_000, 1.0)]
    assert len(list(candidates(LoudModel(), [look], samples, []))) == 2
    (found,) = candidates(LoudModel(), [look], samples, words)
    assert found.samples.shape == (HEARD_SAMPLES,)
    assert found.score > 0.9
    assert np.abs(found.samples).max() == 0.5
    assert list(candidates(LoudModel(), [look], samples[:100], [])) == []


def test_words_that_are_forms_of_each_other_may_hold_each_other() -> None:
    assert may_hold(frozenset({"gardener"}), "garden gate")
    assert may_hold(frozenset({"the", "cat"}), "the cat")
    assert not may_hold(frozenset({"the", "dog"}), "the cat")


def test_phrases_are_names_and_what_people_say_most_often() -> None:
    def spoken(*texts: str) -> list[MaterialWord]:
        second = RATE_HZ
        return [
            MaterialWord(text, at * second, (at + 1) * second, 1.0) for at, text in enumerate(texts)
        ]

    words = [spoken("gardener", "mountain"), spoken("mountain")]
    real = RealVoices([np.zeros(2 * RATE_HZ, np.float32)] * 2, words)
    assert phrases_of(real, 1) == [*SYNTHETIC, "mountain"]


def test_candidates_become_counterexamples(tmp_path: Path) -> None:
    sound = voice_like(HEARD_SAMPLES / RATE_HZ)
    silent = np.zeros(HEARD_SAMPLES, np.float32)
    found = [Candidate(sound, "galaxy", 0.4), Candidate(sound, "merlin", 0.3)]
    save(tmp_path / "found.npz", [*found, Candidate(silent, "merlin", 0.2)])
    evidence = mistaken(tmp_path / "found.npz")
    assert evidence.rows.shape == (2, len(NAMES))
    assert not evidence.true.any()
    assert len(set(evidence.part.tolist())) == 2
    with pytest.raises(FileNotFoundError):
        mistaken(tmp_path / "other.npz")
