"""The model card that is written beside a trained model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_train.folder import HIGHEST, USUAL, Proof
from marvin.workshop.wake_train.held_out import Verdict
from marvin.workshop.wake_train.material import Material
from marvin.workshop.wake_train.preparing import Preparation

_CARD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: audio-classification
---

# Wake word "{phrase}"

A small Audio Spectrogram Transformer (`ASTForAudioClassification`) that says whether the last
{window_s:.1f} s of audio hold the phrase "{phrase}" ({phones}). Made by `marvin wake train`.

## Held-out figures of the training

At a threshold of {threshold} on two looks in a row, {hop_ms} ms apart, without the second look:

| what | figure |
|---|---|
{figures}

The checkpoint was chosen by these figures, so they flatter it. `marvin wake eval` measures it on
recordings that had no part in its making. {proposal}

## Training data

| what | how much |
|---|---|
{amounts}

Synthetic voices: {voices}.
{recordings}
The licences of the recordings go for a model that is passed on; the figures above say what it has
heard. Steps: {steps} of {batch} windows, seed {seed}.
"""


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a card is written from."""

    ready: Preparation
    material: Material
    verdict: Verdict
    proof: Proof


def model_card(facts: CardFacts) -> str:
    """Markdown for the model's README.md. Names folders, never where they lie."""
    ready, recipe = facts.ready, facts.ready.recipe
    return _CARD.format(
        phrase=recipe.phrase,
        phones=ready.phrase.sounds,
        window_s=recipe.window_samples / RATE_HZ,
        threshold=recipe.threshold,
        proposal=proposal(facts.proof),
        hop_ms=recipe.hop_samples * 1000 // RATE_HZ,
        figures=_rows(_figures(facts)),
        amounts=_rows(_amounts(facts.material)),
        voices=", ".join(f"{name} ({count} voices)" for name, count in ready.voices.items()),
        recordings=_recordings(ready),
        steps=recipe.steps,
        batch=recipe.batch,
        seed=recipe.seed,
    )


def proposal(proof: Proof) -> str:
    """Which threshold is proposed, and why; a sentence or two."""
    setting = f"`wake.threshold = {proof.threshold}`"
    if proof.loudest is None:
        return (
            f"Proposed: {setting}, as it is by default. There was no real speech to try it on: how "
            "often other speech wakes it is not known."
        )
    if proof.loudest >= proof.threshold:
        return (
            f"Proposed, with the second look: {setting}, the highest that makes sense. Some of "
            "that speech wakes it all the same."
        )
    return (
        f"Proposed, with the second look: {setting}, the lowest from {USUAL} to {HIGHEST} at which "
        "none of that speech wakes it."
    )


def _rows(rows: dict[str, str]) -> str:
    return "\n".join(f"| {name} | {figure} |" for name, figure in rows.items())


def _figures(facts: CardFacts) -> dict[str, str]:
    verdict, kept = facts.verdict, len(facts.ready.recordings.kept)
    rows = {
        "recall on windows of synthetic voices never trained on, with rooms and noise": (
            f"{verdict.recall:.1%}"
        ),
        "fires on clips of similar words in those voices": f"{verdict.near_fired:.1%}",
    }
    if verdict.hours:
        what = f"false accepts in {verdict.hours:.2f} h of real speech never trained on"
        rows[what] = str(verdict.false_accepts)
    if kept:
        rows["the user's recordings that were kept back, heard as `marvin run` hears"] = (
            f"{facts.proof.heard} of {kept}"
        )
    return rows


def _amounts(material: Material) -> dict[str, str]:
    corpus, sounds = material.corpus, material.sounds
    return {
        "synthetic clips with the phrase": _length([c.samples for c in corpus.positives]),
        "synthetic clips of similar words": _length([c.samples for c in corpus.near]),
        "other synthetic speech": _length([c.samples for c in (*corpus.others, *material.words)]),
        "recordings of the phrase by the user": _length([c.samples for c in sounds.personal]),
        "recordings of speech without the phrase": _length([c.samples for c in sounds.speech]),
        "recordings of noise and music": _length(sounds.noise),
        "room impulse responses": str(len(sounds.rooms)),
    }


def _length(pieces: Sequence[Samples]) -> str:
    return f"{len(pieces)}, {sum(map(len, pieces)) / RATE_HZ / 60:.0f} min"


def _recordings(ready: Preparation) -> str:
    request = ready.request
    lines = [
        f"{what}: {', '.join(f'`{_name(folder)}`' for folder in folders)}."
        for what, folders in (
            ("Recordings of the phrase by the user", request.recordings),
            ("Speech without it", request.negatives),
            ("Noise", request.noise),
            ("Rooms", request.rooms),
        )
        if folders
    ]
    return "\n".join(lines) if lines else "No recordings of people were used."


def _name(folder: Path) -> str:
    return folder.resolve().name
