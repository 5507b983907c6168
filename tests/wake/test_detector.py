"""Detecting the word from scores."""

from collections.abc import Sequence

import pytest

from marvin.wake.ast.detector import WakeTrigger

HOP = 1_600


def _fired(trigger: WakeTrigger, scores: Sequence[float], first: int = 1) -> list[int]:
    return [look for look, s in enumerate(scores, first) if trigger.update(s, look * HOP)]


def _trigger(smoothing: int = 1, patience: int = 1, refractory_samples: int = 0) -> WakeTrigger:
    return WakeTrigger(
        0.5, smoothing=smoothing, patience=patience, refractory_samples=refractory_samples
    )


def test_score_at_the_threshold_fires() -> None:
    assert _fired(_trigger(), [0.49, 0.5, 0.2]) == [2]


def test_smoothing_averages_the_last_looks() -> None:
    trigger = _trigger(smoothing=2)
    assert _fired(trigger, [0.9, 0.0, 0.9, 0.2]) == [4]
    assert trigger.score == pytest.approx(0.55)


def test_first_look_alone_does_not_count_as_two() -> None:
    assert _fired(_trigger(smoothing=2), [0.99]) == []


def test_patience_requires_consecutive_looks() -> None:
    assert _fired(_trigger(patience=3), [0.9, 0.9, 0.1, 0.9, 0.9, 0.9]) == [6]


def test_no_second_detection_in_the_refractory_period() -> None:
    trigger = _trigger(refractory_samples=3 * HOP)
    assert _fired(trigger, [0.9] * 8) == [1, 4, 7]


def test_reset_forgets_scores_and_refractory() -> None:
    trigger = _trigger(smoothing=2, refractory_samples=100 * HOP)
    assert _fired(trigger, [0.9, 0.9]) == [2]
    trigger.reset()
    assert trigger.score == 0.0
    assert _fired(trigger, [0.9, 0.9], first=3) == [4]


def test_rest_forgets_scores_but_not_the_refractory() -> None:
    trigger = _trigger(smoothing=2, refractory_samples=5 * HOP)
    assert _fired(trigger, [0.9, 0.9]) == [2]
    trigger.rest()
    assert _fired(trigger, [0.9, 0.9], first=3) == []
    assert _fired(trigger, [0.9, 0.9, 0.9], first=5) == [7]


def test_lowest_of_the_consecutive_scores_must_reach_the_threshold() -> None:
    trigger = _trigger(patience=2)
    assert _fired(trigger, [0.9, 0.6]) == [2]
    assert trigger.steady == 0.6
    trigger.rest()
    assert trigger.steady == 0.0
    assert _fired(trigger, [0.9], first=3) == []
