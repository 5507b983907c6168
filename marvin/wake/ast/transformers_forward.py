"""The forward pass by transformers and torch, a reference for the NumPy version."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marvin.backends.pretrained.checkpoint import load_model
from marvin.backends.pretrained.lock import transformers_lock
from marvin.backends.pretrained.place import CPU
from marvin.backends.pretrained.threads import use_threads
from marvin.hub.source import Source
from marvin.wake.ast.features import Features


class TransformersForward:
    """ASTForAudioClassification on one CPU thread, the one that loads it."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelLoadError: A file is missing or broken."""
        with transformers_lock:
            from transformers import ASTForAudioClassification

        use_threads(1)
        self._model = load_model(ASTForAudioClassification, Source("wake.model", str(folder)), CPU)

    def __call__(self, features: Features) -> NDArray[np.float32]:
        """Logits of a window, shape (labels,)."""
        import torch

        with torch.inference_mode():
            logits: NDArray[np.float32] = (
                self._model(torch.tensor(features[None])).logits[0].numpy()
            )
        return logits
