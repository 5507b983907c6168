"""The model card of a trained model."""

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

A small Audio Spectrogram Transformer (`ASTForAudioClassification`) that detects the phrase
"{phrase}" ({phones}) in the last {window_s:.1f} s of audio. Trained by `marvin wake train`.

## Evaluation on held-out data

At a threshold of {threshold} in two consecutive windows, {hop_ms} ms apart, without the second
look:

| metric | value |
|---|---|
{figures}

The checkpoint was selected by these figures, so they are optimistic. `marvin wake eval` evaluates
it on other recordings. {proposal}

## Training data

| data | amount |
|---|---|
{amounts}

Synthetic voices: {voices}.
{recordings}
The licences of the recordings may apply to the model. Steps: {steps} of {batch} windows, seed
{seed}{beginning}.
"""


@dataclass(frozen=True, slots=True)
class CardFacts:
    ready: Preparation
    material: Material
    verdict: Verdict
    proof: Proof


def model_card(facts: CardFacts) -> str:
    """Markdown for the model's README.md. Contains names of folders, not their paths."""
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
        beginning=f", from the model in `{_name(base)}`" if (base := ready.request.base) else "",
    )


def proposal(proof: Proof) -> str:
    """The proposed threshold and the reason."""
    setting = f"`wake.threshold = {proof.threshold}`"
    if proof.loudest is None:
        return (
            f"Proposed: {setting}, the default. There was no real speech to test: how "
            "often other speech wakes it is unknown."
        )
    if proof.loudest >= proof.threshold:
        return (
            f"Proposed, with the second look: {setting}, the highest useful value. Some of "
            "the held-out speech still wakes it."
        )
    return (
        f"Proposed, with the second look: {setting}, the lowest from {USUAL} to {HIGHEST} at which "
        "no held-out speech wakes it."
    )


def _rows(rows: dict[str, str]) -> str:
    return "\n".join(f"| {name} | {figure} |" for name, figure in rows.items())


def _figures(facts: CardFacts) -> dict[str, str]:
    verdict, kept = facts.verdict, len(facts.ready.recordings.kept)
    rows = {
        "recall on held-out synthetic voices, with reverberation and noise": (
            f"{verdict.recall:.1%}"
        ),
        "false accepts on similar words in those voices": f"{verdict.near_fired:.1%}",
    }
    if verdict.hours:
        what = f"false accepts in {verdict.hours:.2f} h of held-out real speech"
        rows[what] = str(verdict.false_accepts)
    if kept:
        rows["held-out recordings of the user, detected as by `marvin run`"] = (
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
            ("Speech without the phrase", request.negatives),
            ("Noise", request.noise),
            ("Rooms", request.rooms),
        )
        if folders
    ]
    return "\n".join(lines) if lines else "No recordings were used."


def _name(folder: Path) -> str:
    return folder.resolve().name
