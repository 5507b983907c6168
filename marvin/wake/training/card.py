"""The model card that is written beside a trained model."""

from collections.abc import Mapping

from marvin.wake.training.held_out import Verdict
from marvin.wake.training.recipe import Recipe

_CARD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: audio-classification
---

# Wake word "{phrase}"

A small Audio Spectrogram Transformer (`ASTForAudioClassification`) that says whether the last
{window_s:.1f} s of audio hold the word "{phrase}". Made by `python -m marvin.wake.training`.

## Held-out figures of the training

At a threshold of {threshold} on two looks in a row, {hop_ms} ms apart:

| what | figure |
|---|---|
| false accepts in {hours:.2f} h of real speech, speakers never trained on | {false_accepts} |
| recall on windows of synthetic voices never trained on, with rooms and noise | {recall:.1%} |
| fires on clips of similar words in those voices | {near:.1%} |

## Training data

| what | files or clips |
|---|---|
{amounts}

Steps: {steps} of {batch} windows, seed {seed}.
"""


def model_card(recipe: Recipe, verdict: Verdict, amounts: Mapping[str, str]) -> str:
    """Markdown for the model's README.md."""
    return _CARD.format(
        phrase=recipe.phrase,
        window_s=recipe.window_samples / 16_000,
        threshold=recipe.threshold,
        hop_ms=recipe.hop_samples // 16,
        hours=verdict.hours,
        false_accepts=verdict.false_accepts,
        recall=verdict.recall,
        near=verdict.near_fired,
        amounts="\n".join(f"| {name} | {amount} |" for name, amount in amounts.items()),
        steps=recipe.steps,
        batch=recipe.batch,
        seed=recipe.seed,
    )
