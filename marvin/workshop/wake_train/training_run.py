"""Runs a training from preparation to model folder; can be stopped at any time."""

from __future__ import annotations

import errno
import pickle
from dataclasses import dataclass
from pathlib import Path

from marvin.errors import TrainingError
from marvin.wake.ast.ast_checkpoint import load_settings
from marvin.wake.ast.features import frame_count
from marvin.workshop.wake_train import places
from marvin.workshop.wake_train.card import CardFacts, model_card
from marvin.workshop.wake_train.folder import prove, write_folder
from marvin.workshop.wake_train.held_out import HeldOut, Verdict, verdict_text
from marvin.workshop.wake_train.material import Material, make_material
from marvin.workshop.wake_train.places import Places
from marvin.workshop.wake_train.preparing import Preparation
from marvin.workshop.wake_train.progress import Report, Stage, TrainingPace
from marvin.workshop.wake_train.recipe import BASE
from marvin.workshop.wake_train.train import Trainer
from marvin.workshop.wake_train.training_windows import Windows, measure
from marvin.workshop.wake_train.worth import Judgement, judge_model


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """The result of a training."""

    folder: Path
    """The model's folder."""
    judgement: Judgement
    threshold: float
    """Proposed."""
    cache: Path
    """Synthetic speech for another training of the phrase."""
    cache_bytes: int


def begins_at(ready: Preparation) -> int:
    """Step to resume from; 0 for a new training."""
    return 0 if ready.request.fresh else saved_step(ready.places)


def saved_step(at: Places) -> int:
    """Step of the saved state; 0 without a readable state."""
    import torch

    if not at.state.exists():
        return 0
    try:
        return int(torch.load(at.state, weights_only=True)["step"])
    except (OSError, RuntimeError, EOFError, KeyError, pickle.UnpicklingError):
        return 0


def train(ready: Preparation, report: Report) -> TrainingOutcome:
    """Make the data, train, and write the model.

    Raises:
        TrainingError: The disk is full, or the model's folder cannot be written.
        ModelLoadError: A synthesiser fails.
    """
    import torch

    at, kept = ready.places, ready.recordings.kept
    torch.set_num_threads(ready.request.threads)
    if not begins_at(ready):
        places.forget(at.training)
    try:
        at.begin()
        material = make_material(ready, report)
        trainer, verdict = _run(ready, material, report)
        pace = TrainingPace(report, Stage.WRITE, 1)
        write_folder(at.out, trainer.averaged, trainer.settings)
        proof = prove(at.out, ready.phrase, kept, material.held_out_speech)
        card = model_card(CardFacts(ready, material, verdict, proof))
        (at.out / "README.md").write_text(card, encoding="utf-8")
        judgement = judge_model(ready, verdict, proof)
        at.finish(proof.threshold, judgement.kept())
        pace.step()
    except OSError as error:
        raise _not_written(error, at) from error
    return TrainingOutcome(at.out, judgement, proof.threshold, at.cache, places.size(at.cache))


def _run(ready: Preparation, material: Material, report: Report) -> tuple[Trainer, Verdict]:
    recipe, at = ready.recipe, ready.places
    scratch, base = ready.request.from_scratch, ready.request.base or BASE
    windows = Windows(recipe, material.corpus, material.sounds, material.words, warm=not scratch)
    if scratch:
        settings = measure(windows, frame_count(recipe.window_samples))
    else:
        settings = load_settings(str(base))
    pace = TrainingPace(report, Stage.TRAIN, recipe.steps, saved_step(at))
    trainer = Trainer(recipe, windows, settings, at.state)
    if not scratch:
        trainer.start_from(base)
    held_out = HeldOut(recipe, material.held_out, material.held_out_speech)

    def judged(verdict: Verdict) -> None:
        # Evaluation comes before the step is counted.
        pace.tell(verdict_text(verdict), at=pace.done + 1)

    return trainer, trainer.run(held_out, stepped=pace.step, judged=judged)


def _not_written(error: OSError, at: Places) -> TrainingError:
    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return TrainingError(f"the training cannot write: {error}")
    step = saved_step(at)
    goes_on = f"from step {step}" if step else "with the synthetic speech"
    return TrainingError(
        f"the disk is full ({at.cache} or {at.out}). Free some space and run the same command: it "
        f"resumes {goes_on}"
    )
