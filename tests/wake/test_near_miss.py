"""Near misses of the wake word, each counted once."""

from collections.abc import Sequence

import pytest

from marvin.types import RATE_HZ
from marvin.wake.ast.ast_classifier import AstWakeWordDetector
from marvin.wake.ast.near_miss import NearMisses
from tests.wake.test_ast_classifier import CONFIG, SETTINGS, FakeClassifier, _chunks, _noise
from tests.wake.test_verifier import FakeVerifier

LOOK = RATE_HZ // 10


def near_misses(*scores: float, threshold: float = 0.5) -> list[tuple[float, int]]:
    """Score and look of each, at ten looks per second, with the last score for two more seconds."""
    misses = NearMisses()
    found = []
    for number, score in enumerate((*scores, *[0.0] * 20)):
        misses.look(score, threshold, number * LOOK)
        if (over := misses.over(number * LOOK)) is not None:
            found.append((over[0], over[1] // LOOK))
    return found


def test_looks_at_one_utterance_are_one_near_miss_with_the_best_score() -> None:
    assert near_misses(0.1, 0.3, 0.4, 0.1, 0.35, 0.0) == [(0.4, 2)]


def test_utterances_a_second_apart_are_two() -> None:
    assert near_misses(0.3, *[0.0] * 10, 0.4) == [(0.3, 0), (0.4, 11)]


def test_below_half_the_threshold_there_is_no_near_miss() -> None:
    assert near_misses(0.24, 0.2) == []
    assert near_misses(0.24, threshold=0.4) == [(0.24, 0)]


@pytest.mark.parametrize("scores", [(0.3, 0.4, 0.6), (0.6, 0.4, 0.3), (0.3, 0.0, 0.9, 0.0, 0.3)])
def test_detection_is_not_a_near_miss_on_its_way_up_or_down(scores: Sequence[float]) -> None:
    assert near_misses(*scores) == []


def test_reset_forgets_the_scores() -> None:
    misses = NearMisses()
    misses.look(0.4, 0.5, 0)
    misses.reset()
    assert misses.over(10 * RATE_HZ) is None


def told(detector: AstWakeWordDetector, seconds: float) -> list[tuple[float, int]]:
    """Near misses of a detector that hears noise, and when they were reported."""
    found = []
    for chunk in _chunks(_noise(round(seconds * RATE_HZ)), LOOK):
        assert detector.process(chunk, voice=True) is None
        if detector.near_miss is not None:
            found.append((detector.near_miss.score, detector.near_miss.at))
    return found


def test_without_a_second_look_a_score_below_the_threshold_counts() -> None:
    detector = AstWakeWordDetector(FakeClassifier(0.0, 0.3, 0.4, 0.3, 0.0), SETTINGS, CONFIG)
    assert told(detector, 3.0) == [(0.4, 3 * LOOK)]


@pytest.mark.parametrize(("confidence", "near"), [(0.4, [0.4]), (0.1, [])])
def test_with_a_second_look_a_narrowly_rejected_candidate_counts(
    confidence: float, near: list[float]
) -> None:
    config = CONFIG.model_copy(update={"verify": True, "candidate": 0.2})
    classifier = FakeClassifier(0.9, 0.9, 0.9, 0.9, 0.9, 0.0)
    detector = AstWakeWordDetector(
        classifier, SETTINGS, config, FakeVerifier(confidence, confidence)
    )
    assert [score for score, _ in told(detector, 3.0)] == near
