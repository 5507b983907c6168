"""Detections and near-misses are each counted once."""

import pytest

from marvin.config.wake import AstConfig
from marvin.workshop.test_mic.watching import Kind, Watch
from tests.workshop.mic.observations import Stream

ONE_LOOK = AstConfig(verify=False, threshold=0.5)
TWO_LOOKS = AstConfig(verify=True, threshold=0.5, candidate=0.1)


def kinds(config: AstConfig, *scores: float) -> list[Kind]:
    watch, stream = Watch(config), Stream()
    found = [one for score in scores for one in watch.process(stream.observe(score))]
    return [one.kind for one in found + watch.finish()]


def test_rise_to_near_the_threshold_is_one_near_miss() -> None:
    assert kinds(ONE_LOOK, 0.1, 0.35, 0.38, 0.36, 0.1, 0.0) == [Kind.ALMOST]
    assert kinds(ONE_LOOK, 0.35, 0.0, 0.35, 0.0) == [Kind.ALMOST, Kind.ALMOST]


def test_score_below_half_the_threshold_is_none() -> None:
    assert kinds(ONE_LOOK, 0.24, 0.0) == []


@pytest.mark.parametrize("score", [0.06, 0.09, 0.4])
def test_with_a_second_look_a_high_first_score_alone_is_none(score: float) -> None:
    assert kinds(TWO_LOOKS, score, 0.0, score) == []


def test_near_miss_at_the_end_of_the_stream_counts() -> None:
    assert kinds(ONE_LOOK, 0.4) == [Kind.ALMOST]


def test_narrow_rejection_by_the_second_look_is_one_near_miss() -> None:
    watch, stream = Watch(TWO_LOOKS), Stream()
    found = watch.process(stream.observe(0.45))
    found += watch.process(stream.observe(0.45, second=0.3))
    found += watch.process(stream.observe(0.3))
    found += watch.process(stream.observe(0.0))
    assert [(one.kind, one.score) for one in found] == [(Kind.REJECTED, 0.3)]
    assert (watch.detections, watch.near_misses) == (0, 1)


@pytest.mark.parametrize(
    ("threshold", "second", "near"),
    [(0.5, 0.001, 0), (0.5, 0.24, 0), (0.5, 0.25, 1), (0.9, 0.4, 0), (0.9, 0.6, 1)],
)
def test_clear_rejection_by_the_second_look_is_none(
    threshold: float, second: float, near: int
) -> None:
    watch = Watch(TWO_LOOKS.model_copy(update={"threshold": threshold}))
    assert len(watch.process(Stream().observe(0.3, second=second))) == near
    assert watch.near_misses == near


@pytest.mark.parametrize("config", [ONE_LOOK, TWO_LOOKS])
def test_detection_is_not_a_near_miss_on_its_way_up_or_down(config: AstConfig) -> None:
    watch, stream = Watch(config), Stream()
    found = watch.process(stream.observe(0.3))
    found += watch.process(stream.observe(0.6, detected=0.9, second=0.9))
    for score in (0.35, 0.1, 0.35, 0.1):
        found += watch.process(stream.observe(score))
    assert [(one.kind, one.score) for one in found] == [(Kind.DETECTION, 0.9)]
    assert (watch.detections, watch.near_misses) == (1, 0)
