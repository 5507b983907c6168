"""Estimates the training time with a tiny training."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from marvin.wake.ast.features import frame_count
from marvin.workshop.wake_train.augment import Sounds
from marvin.workshop.wake_train.corpus import Booth, synthesize
from marvin.workshop.wake_train.held_out import HeldOut
from marvin.workshop.wake_train.places import share_spoken
from marvin.workshop.wake_train.preparing import Preparation
from marvin.workshop.wake_train.progress import Report, Stage, TrainingPace
from marvin.workshop.wake_train.train import Trainer
from marvin.workshop.wake_train.training_windows import Windows, measure

_CLIPS, _STEPS = 60, 24
_SHORT = 200
"""Shorter trainings are not estimated."""
_STARTING = 0.6
"""Share of the time for a few clips spent on starting the synthesisers."""
_SPOKEN = 1.6
"""Clips made per requested clip, including single words and held-out voices."""
_EVALUATION = 1.1
"""Evaluations add a tenth to the time of the steps."""


def estimate_s(ready: Preparation, step: int, report: Report) -> float | None:
    """Seconds for the training from `step` on; None if very short.

    Raises:
        ModelLoadError: No voice works.
    """
    import torch

    left = ready.recipe.steps - step
    if left < _SHORT:
        return None
    torch.set_num_threads(ready.request.threads)
    pace = TrainingPace(report, Stage.REHEARSE, _STEPS)
    times: list[float] = []

    def stepped() -> None:
        times.append(time.monotonic())
        pace.step()

    began = time.monotonic()
    booth = Booth(ready.request.seed, ready.request.threads)
    corpus = synthesize(ready.phrase.text, _CLIPS, booth, held_out=False)
    a_clip = (time.monotonic() - began) * (1 - _STARTING) / _CLIPS
    recipe = replace(ready.recipe, steps=_STEPS, evaluate_every=_STEPS)
    with tempfile.TemporaryDirectory(prefix="marvin-training-") as folder:
        windows = Windows(recipe, corpus, Sounds())
        settings = measure(windows, frame_count(recipe.window_samples))
        trainer = Trainer(recipe, windows, settings, Path(folder) / "state.pt")
        trainer.run(HeldOut(recipe, corpus, []), stepped=stepped)
    # The first batches were prefetched while the machine was idle; the last step evaluates.
    a_step = (times[-2] - times[_STEPS // 2]) / (_STEPS - 2 - _STEPS // 2)
    unspoken = 0.0 if step else 1 - share_spoken(ready.places, ready.clips)
    return unspoken * _SPOKEN * ready.clips * a_clip + left * a_step * _EVALUATION
