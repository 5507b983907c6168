"""Rates a finished model and suggests improvements. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from marvin.workshop.wake_train.folder import Proof
from marvin.workshop.wake_train.held_out import DEAF, Verdict, verdict_text
from marvin.workshop.wake_train.preparing import CLIPS, Preparation, usual_steps

_HARD_OF_HEARING = 0.35
"""Recall below which a model is poor. The windows are hard: the shipped model reaches 55 %."""
_CONFUSED, _FIRES_AT_ANYTHING = 0.4, 0.9
"""Shares of similar words with a detection from which a model is poor and useless."""
_ENOUGH = 3
"""Held-out recordings from which a model that detects none is useless."""


class Worth(Enum):
    GOOD = "good"
    POOR = "poor"
    USELESS = "useless"


@dataclass(frozen=True, slots=True)
class Judgement:
    worth: Worth
    figures: tuple[str, ...]
    """Measured behaviour; sentences without a subject."""
    advice: tuple[str, ...] = ()
    """Suggested changes; empty for a good model."""

    def kept(self) -> dict[str, str]:
        return {
            "worth": self.worth.value,
            "figures": "\n".join(self.figures),
            "advice": "\n".join(self.advice),
        }


def read(kept: Mapping[str, str]) -> Judgement:
    """Restores what `kept` returned. A model without a record counts as good."""
    figures, advice = (tuple(kept.get(key, "").splitlines()) for key in ("figures", "advice"))
    return Judgement(Worth(kept.get("worth", Worth.GOOD.value)), figures, advice)


def judge_model(ready: Preparation, verdict: Verdict, proof: Proof) -> Judgement:
    """Judge by the evaluation and the user's held-out recordings."""
    kept = len(ready.recordings.kept)
    figures = [verdict_text(verdict)]
    if kept:
        figures.append(f"hears {proof.heard} of your {kept} held-out recordings")
    if _wakes_at_speech(proof):
        figures.append(f"wakes on other speech even at a threshold of {proof.threshold:g}")
    worth = _worth(verdict, proof, kept)
    advice = tuple(_advice(ready, verdict, proof)) if worth is not Worth.GOOD else ()
    return Judgement(worth, tuple(figures), advice)


def _worth(verdict: Verdict, proof: Proof, kept: int) -> Worth:
    unheard = kept >= _ENOUGH and not proof.heard
    if verdict.recall < DEAF or verdict.near_fired >= _FIRES_AT_ANYTHING or unheard:
        return Worth.USELESS
    poor = (
        verdict.recall < _HARD_OF_HEARING,
        verdict.near_fired >= _CONFUSED,
        2 * proof.heard < kept,
        _wakes_at_speech(proof),
    )
    return Worth.POOR if any(poor) else Worth.GOOD


def _wakes_at_speech(proof: Proof) -> bool:
    """Even at the highest useful threshold."""
    return proof.loudest is not None and proof.loudest >= proof.threshold


def _advice(ready: Preparation, verdict: Verdict, proof: Proof) -> Iterator[str]:
    """Most effective first."""
    recordings, steps = ready.recordings, usual_steps(ready.request)
    if few_steps := ready.recipe.steps < steps:
        yield f"omit --steps: it had {ready.recipe.steps} of the usual {steps} steps"
    if few_clips := ready.clips < CLIPS:
        yield f"omit --clips: it heard {ready.clips} of the usual {CLIPS} synthetic clips"
    if not ready.negatives:
        yield "add --negatives DIR: an hour of speech, television or radio"
    if not recordings.clips:
        yield "add --recordings DIR: you saying the phrase, ten times or more"
    elif verdict.recall >= _HARD_OF_HEARING and 2 * proof.heard < len(recordings.kept):
        yield "listen to your recordings: does each contain the phrase exactly once, clearly?"
    if ready.negatives and _wakes_at_speech(proof):
        yield "add more --negatives, and check that none contains the phrase"
    if not few_steps and not few_clips:
        yield "use a longer phrase, or one that sounds less like common words"
