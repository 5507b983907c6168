"""Which figures of a training make its model good, poor or useless."""

import dataclasses
from pathlib import Path

import pytest

from marvin.workshop.wake_train.corpus import Clip
from marvin.workshop.wake_train.folder import Proof
from marvin.workshop.wake_train.held_out import Verdict
from marvin.workshop.wake_train.own_recordings import OwnRecordings
from marvin.workshop.wake_train.preparing import Preparation, TrainingRequest, prepare
from marvin.workshop.wake_train.worth import Judgement, Worth, judge_model, read
from tests.workshop.wake_train.tiny import environment, recording

QUIET = Proof(heard=0, threshold=0.5, loudest=0.2)


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Preparation:
    """A typical training."""
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    return prepare(TrainingRequest("gizmo", out=tmp_path / "model"), lambda progress: None)


@pytest.mark.parametrize(
    ("recall", "near_fired", "worth"),
    [
        (0.0, 0.0, Worth.USELESS),
        (0.09, 0.0, Worth.USELESS),
        (1.0, 1.0, Worth.USELESS),
        (0.2, 0.0, Worth.POOR),
        (0.8, 0.5, Worth.POOR),
        (0.55, 0.06, Worth.GOOD),
    ],
)
def test_model_that_hears_little_or_fires_at_anything_is_not_called_done(
    ready: Preparation, recall: float, near_fired: float, worth: Worth
) -> None:
    assert judge_model(ready, Verdict(0, 0.0, recall, near_fired), QUIET).worth is worth


@pytest.mark.parametrize(
    ("heard", "kept", "worth"),
    [
        (0, 0, Worth.GOOD),
        (0, 1, Worth.POOR),
        (0, 3, Worth.USELESS),
        (1, 3, Worth.POOR),
        (2, 3, Worth.GOOD),
    ],
)
def test_model_that_does_not_hear_its_user_is_not_called_done(
    ready: Preparation, heard: int, kept: int, worth: Worth
) -> None:
    clip = Clip(recording(0.6))
    recordings = OwnRecordings(clips=[clip] * 12, kept=[clip] * kept)
    ready = dataclasses.replace(ready, recordings=recordings)
    verdict = Verdict(0, 0.4, 0.6, 0.0)
    assert judge_model(ready, verdict, Proof(heard, 0.5, None)).worth is worth


def test_model_that_wakes_at_any_speech_is_poor(ready: Preparation) -> None:
    fires = Verdict(9, 0.4, 0.6, 0.0, 0.1)
    assert judge_model(ready, fires, Proof(0, 0.9, 0.99)).worth is Worth.POOR


def test_advice_is_about_what_was_left_out(ready: Preparation) -> None:
    request = dataclasses.replace(ready.request, steps=10)
    short = prepare(request, lambda progress: None)
    judgement = judge_model(short, Verdict(0, 1.0, 0.0, 0.0), QUIET)
    assert judgement.figures == (
        "hears 0% of the phrase in new voices, fires on 0% of similar words",
    )
    advice = " ".join(judgement.advice)
    assert "it had 10 of the usual 3000 steps" in advice
    assert "--clips" not in advice
    whole = judge_model(ready, Verdict(0, 1.0, 0.0, 0.0), QUIET)
    assert "use a longer phrase" in " ".join(whole.advice)


def test_written_figures_are_read_back() -> None:
    judgement = Judgement(Worth.POOR, ("hears 1", "fires"), ("do this", "do that"))
    assert read(judgement.kept()) == judgement
    assert read({}).worth is Worth.GOOD


def test_checkpoint_that_never_fires_is_not_chosen_as_the_best() -> None:
    deaf, hears = Verdict(0, 1.0, 0.0), Verdict(1, 0.1, 0.9)
    assert min((deaf, hears), key=lambda one: one.rank) is hears
    assert min((Verdict(0, 0.4, 0.6), hears), key=lambda one: one.rank).false_accepts == 0
