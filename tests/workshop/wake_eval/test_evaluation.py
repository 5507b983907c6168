"""Evaluating detections."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from marvin.config.wake import AstConfig
from marvin.workshop.wake_eval.evaluation import Evaluation, HarderTakes, as_json, quantile
from marvin.workshop.wake_eval.evaluation_report import report
from marvin.workshop.wake_eval.picture import draw
from marvin.workshop.wake_eval.stream import ScoredMoment, Take

HOUR_S = 3600.0


def _take(*found: tuple[float, float], seconds: float = 1.0) -> Take:
    return Take([ScoredMoment(at, score, at + 0.02) for at, score in found], seconds, seconds + 2)


def _evaluation(hours: float = 4.0) -> Evaluation:
    evaluation = Evaluation(AstConfig(threshold=0.5, refractory_s=1.5), model_bytes=1_000)
    evaluation.positives = {
        Path("a.wav"): _take((0.7, 0.3), (0.9, 0.8)),
        Path("b.wav"): _take((0.6, 0.4)),
        Path("c.wav"): _take(),
        Path("d.wav"): _take((1.0, 0.6)),
    }
    evaluation.word_ends = dict.fromkeys(evaluation.positives, 0.8)
    evaluation.negatives = {
        Path("talk.wav"): _take((5.0, 0.7), (6.0, 0.9), (7.0, 0.55), seconds=hours * HOUR_S / 2),
        Path("music.wav"): _take((5.0, 0.2), seconds=hours * HOUR_S / 2),
    }
    return evaluation


def test_misses_and_false_accepts_at_the_configured_threshold() -> None:
    evaluation = _evaluation()
    assert (evaluation.configured.missed, evaluation.configured.accepted) == (2, 2)
    assert evaluation.missed == {Path("b.wav"): 0.4, Path("c.wav"): 0.0}
    (wrong,) = evaluation.wrongly_heard.values()
    assert [(one.time_s, one.score) for one in wrong] == [(5.0, 0.7), (7.0, 0.55)]


def test_lowest_threshold_that_is_quiet_enough() -> None:
    quiet = _evaluation(hours=2.0).quiet_enough
    assert quiet is not None
    # From 0.56 on, one detection remains: the one at 5 s suppresses the others, or at 0.71 the one
    # at 6 s.
    assert (quiet.threshold, quiet.accepted, quiet.missed) == (0.56, 1, 2)
    loud = _evaluation(hours=0.1).quiet_enough
    assert loud is not None
    assert loud.threshold == 0.91
    assert Evaluation(AstConfig(), 0).quiet_enough is None


def test_delay_is_from_the_end_of_the_word_to_the_chunk_that_reported_it() -> None:
    assert _evaluation().delays_s == pytest.approx([0.12, 0.22])


def test_rooms_are_judged_at_equal_false_accepts_too() -> None:
    evaluation = _evaluation(hours=2.0)
    evaluation.harder.append(HarderTakes(evaluation.positives, 10.0, in_rooms=True))
    (rooms,) = json.loads(json.dumps(as_json(evaluation)))["in_rooms"]
    assert (rooms["missed"], rooms["quiet_enough"]["missed"]) == (2, 2)
    console = Console(width=80, record=True)
    console.print(*report(evaluation))
    text = console.export_text()
    assert "0.50" in text
    assert "0.56 (0.5/h)" in text
    assert text.count("2 of 4  50.0 (15.0 - 85.0)") == 4, "clean and in rooms, at two thresholds"


def test_quantiles_are_interpolated() -> None:
    assert quantile([1.0, 2.0, 4.0], 0.5) == 2.0
    assert quantile([1.0, 2.0, 4.0], 0.75) == 3.0
    assert quantile([7.0], 0.9) == 7.0
    assert str(quantile([], 0.5)) == "nan"


def test_json_has_neither_infinity_nor_nan() -> None:
    text = json.dumps(as_json(Evaluation(AstConfig(), 0)), allow_nan=False)
    assert json.loads(text)["configured"]["false_accepts"]["high"] is None


@pytest.mark.parametrize("hours", [0.001, 4.0, 1_000.0])
def test_plot_works_with_any_amount_of_data(hours: float, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "curve.png"
    draw(_evaluation(hours), "a title\nin two lines", path)
    assert path.stat().st_size > 10_000
