"""The results of a calibration, available at any time."""

from marvin.config.wake import AstConfig
from marvin.types import RATE_HZ
from marvin.workshop.test_mic.calibration import Calibration
from marvin.workshop.test_mic.wake_candidates import SpokenWakeWord, WakeCandidate


def test_miss_can_be_retracted_and_a_word_cannot() -> None:
    calibration = Calibration(AstConfig())
    calibration.words += [SpokenWakeWord(0.9, 0, 1), SpokenWakeWord(0.1, 2, 3)]
    assert calibration.take_back()
    assert not calibration.take_back()
    assert [word.score for word in calibration.words] == [0.9]


def test_room_noise_wakes_it_once_per_refractory_period() -> None:
    calibration = Calibration(AstConfig(threshold=0.5, refractory_s=1.5))
    for at_s, score in ((1.0, 0.6), (2.0, 0.9), (3.0, 0.6), (9.0, 0.4), (12.0, 0.001)):
        calibration.hear_room(WakeCandidate(score, round(at_s * RATE_HZ)), 3.0, 0.5)
    assert calibration.wakes() == 2
    assert (calibration.room_s, calibration.room_speech_s) == (15.0, 7.5)
    assert calibration.best_of_room == 0.9
    assert len(calibration.room) == 4, "low scores are not kept"


def test_empty_calibration_is_not_an_error() -> None:
    calibration = Calibration(AstConfig())
    assert calibration.proposal().threshold is None
    assert all(point.positives == 0 for point in calibration.points())
