"""What a training is made of: the sizes of the model, and the model with its start values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from marvin.wake.ast.features import frame_count

if TYPE_CHECKING:
    from transformers import ASTForAudioClassification

BASE = Path(__file__).parents[2] / "wake" / "models" / "base"
"""A model that knows what speech is made of: what a training begins with."""

STEPS = 3000
"""Updates of the weights of a training that begins with BASE."""
TIME_STRIDE = 4
"""Frames between two patches."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Sizes of the model and of its training."""

    phrase: str
    """What the model listens for; becomes its label."""
    steps: int = STEPS
    """Updates of the weights."""
    batch: int = 64
    """Windows an update."""
    learning_rate: float = 7e-4
    """Highest learning rate."""
    vocabulary: int = 400
    """Words that the second head of the training tells apart."""
    seed: int = 1
    """Everything that is drawn follows from it."""
    window_samples: int = 19_200
    """Audio in a window, at RATE_HZ."""
    hop_samples: int = 1_600
    """Step between two looks in the evaluation."""
    mel_bins: int = 40
    """Mel bands; a patch covers all of them."""
    hidden: int = 128
    """Width of the transformer."""
    layers: int = 4
    """Depth of the transformer."""
    evaluate_every: int = 500
    """Steps between two evaluations, each of which saves the state."""
    workers: int = 2
    """Processes that make windows."""
    threshold: float = 0.7
    """Score at which the evaluation counts."""

    def centres(self, frames: int) -> np.ndarray:
        """Frame in the middle of each of the model's patches."""
        return np.arange((frames - self.mel_bins) // TIME_STRIDE + 1) * TIME_STRIDE + (
            self.mel_bins // 2
        )


def build_model(recipe: Recipe) -> ASTForAudioClassification:
    """A fresh model. Its patches span all mel bands, so that a token is a stretch of time."""
    from transformers import ASTConfig, ASTForAudioClassification

    labels = {0: "other", 1: recipe.phrase}
    config = ASTConfig(
        hidden_size=recipe.hidden,
        num_hidden_layers=recipe.layers,
        num_attention_heads=4,
        intermediate_size=3 * recipe.hidden,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        patch_size=recipe.mel_bins,
        frequency_stride=recipe.mel_bins,
        time_stride=TIME_STRIDE,
        num_mel_bins=recipe.mel_bins,
        max_length=frame_count(recipe.window_samples),
        id2label=labels,
        label2id={label: index for index, label in labels.items()},
    )
    model = ASTForAudioClassification(config)
    _initialize(model)
    return model


def _initialize(model: ASTForAudioClassification) -> None:
    """Start values for learning from nothing.

    Those of the library suit the fine-tuning of wide models: with weights near zero and no
    positions at all, a narrow one learns next to nothing for thousands of steps.
    """
    import torch

    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            torch.nn.init.xavier_uniform_(module.weight)
    embeddings = model.audio_spectrogram_transformer.embeddings
    patches = embeddings.patch_embeddings.projection.weight
    torch.nn.init.normal_(patches, std=2 / math.sqrt(patches[0].numel()))
    positions = embeddings.position_embeddings
    _, count, width = positions.shape
    angles = torch.arange(count)[:, None] / 100 ** (torch.arange(width // 2) * 2 / width)
    with torch.no_grad():
        positions.copy_(torch.cat([angles.sin(), angles.cos()], dim=1)[None] * 0.5)
        embeddings.cls_token.normal_(std=0.5)
        embeddings.distillation_token.normal_(std=0.5)
