"""What a finished model is worth, and what would make a better one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from marvin.workshop.wake_train.folder import Proof
from marvin.workshop.wake_train.held_out import DEAF, Verdict, in_words
from marvin.workshop.wake_train.preparing import CLIPS, Preparation, usual_steps

_HARD_OF_HEARING = 0.35
"""Recall below which a model is poor. The windows are hard: the shipped model hears 55 %."""
_CONFUSED, _FIRES_AT_ANYTHING = 0.4, 0.9
"""Shares of similar words that fire from which a model is poor, and useless."""
_ENOUGH = 3
"""From this many held-back recordings on, a model that hears none of them is useless."""


class Worth(Enum):
    """Of a model."""

    GOOD = "good"
    POOR = "poor"
    USELESS = "useless"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A model's worth."""

    worth: Worth
    figures: tuple[str, ...]
    """What it was measured to do; sentences without a subject."""
    advice: tuple[str, ...] = ()
    """What to change; nothing for a good one."""

    def kept(self) -> dict[str, str]:
        """To be written down."""
        return {
            "worth": self.worth.value,
            "figures": "\n".join(self.figures),
            "advice": "\n".join(self.advice),
        }


def read(kept: Mapping[str, str]) -> Judgement:
    """What `kept` gave. Of a model that an earlier version made nothing bad is known."""
    figures, advice = (tuple(kept.get(key, "").splitlines()) for key in ("figures", "advice"))
    return Judgement(Worth(kept.get("worth", Worth.GOOD.value)), figures, advice)


def judge(ready: Preparation, verdict: Verdict, proof: Proof) -> Judgement:
    """By the figures of the training and the user's recordings that were kept back."""
    kept = len(ready.recordings.kept)
    figures = [in_words(verdict)]
    if kept:
        figures.append(f"hears {proof.heard} of your {kept} recordings that were kept back")
    if _wakes_at_speech(proof):
        figures.append(f"wakes at other speech even at a threshold of {proof.threshold:g}")
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
    """Even at the highest threshold that makes sense."""
    return proof.loudest is not None and proof.loudest >= proof.threshold


def _advice(ready: Preparation, verdict: Verdict, proof: Proof) -> Iterator[str]:
    """From what is most likely to help."""
    recordings, steps = ready.recordings, usual_steps(ready.request)
    if few_steps := ready.recipe.steps < steps:
        yield f"leave --steps out: it had {ready.recipe.steps} of the usual {steps} steps"
    if few_clips := ready.clips < CLIPS:
        yield f"leave --clips out: it heard {ready.clips} of the usual {CLIPS} synthetic clips"
    if not ready.negatives:
        yield "add --negatives DIR: an hour of speech, television or the radio"
    if not recordings.clips:
        yield "add --recordings DIR: you saying the phrase, ten times or more"
    elif verdict.recall >= _HARD_OF_HEARING and 2 * proof.heard < len(recordings.kept):
        yield "listen to your recordings: does each hold the phrase, once, clearly and whole?"
    if ready.negatives and _wakes_at_speech(proof):
        yield "give more --negatives, and check that none of them holds the phrase"
    if not few_steps and not few_clips:
        yield "take a longer phrase, or one that sounds less like common words"
