"""Hyperparameters of model and training, and the initial model."""

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
"""The base model that training starts from."""

STEPS = 3000
"""Default steps of a training from BASE."""
TIME_STRIDE = 4
"""Frames between two patches."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Hyperparameters."""

    phrase: str
    """The phrase, which becomes the model's label."""
    steps: int = STEPS
    """Training steps."""
    batch: int = 64
    """Batch size."""
    learning_rate: float = 7e-4
    """Peak learning rate."""
    vocabulary: int = 400
    """Size of the vocabulary of the auxiliary word classifier."""
    seed: int = 1
    """Seeds all random choices."""
    window_samples: int = 19_200
    """Window length, at RATE_HZ."""
    hop_samples: int = 1_600
    """Hop between windows in the evaluation."""
    mel_bins: int = 40
    """Mel bands; a patch covers all of them."""
    hidden: int = 128
    """Width of the transformer."""
    layers: int = 4
    """Depth of the transformer."""
    evaluate_every: int = 500
    """Steps between evaluations, each of which saves the state."""
    workers: int = 2
    """Worker processes for windows."""
    threshold: float = 0.7
    """Detection threshold of the evaluation."""

    def centres(self, frames: int) -> np.ndarray:
        """Centre frame of each patch."""
        return np.arange((frames - self.mel_bins) // TIME_STRIDE + 1) * TIME_STRIDE + (
            self.mel_bins // 2
        )


def build_model(recipe: Recipe) -> ASTForAudioClassification:
    """A new model whose patches span all mel bands, so that tokens are time steps."""
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
    """Initialise the weights for training from scratch.

    The library's values suit fine-tuning of wide models: with weights near zero and zero position
    embeddings, a narrow model learns almost nothing for thousands of steps.
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
