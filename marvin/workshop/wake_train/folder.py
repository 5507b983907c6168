"""Writes a model's folder and tests the finished model."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError

from marvin.config.wake import AstConfig
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples
from marvin.wake.ast.ast_classifier import AstWakeWordDetector
from marvin.wake.ast.features import FeatureSettings
from marvin.workshop.wake_train.corpus import Clip
from marvin.workshop.wake_train.phrase import CheckedPhrase

if TYPE_CHECKING:
    from transformers import ASTForAudioClassification

_QUIET_S = 1.0
USUAL, HIGHEST = 0.5, 0.9
"""The default `wake.threshold` and the highest proposed: above it nothing is detected."""


def write_folder(out: Path, model: ASTForAudioClassification, settings: FeatureSettings) -> None:
    """Write `config.json`, `model.safetensors` and `preprocessor_config.json`.

    Replaces older files only after all are written; leaves other files alone.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    from transformers.utils import logging as transformers_logging

    # No progress bar for 75 small tensors.
    transformers_logging.disable_progress_bar()
    partial = out.parent / f".{out.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        model.save_pretrained(partial)
        text = json.dumps(_preprocessor(settings), indent=2) + "\n"
        (partial / "preprocessor_config.json").write_text(text, encoding="utf-8")
        out.mkdir(exist_ok=True)
        for path in sorted(partial.iterdir()):
            path.replace(out / path.name)
    except SafetensorError as error:
        raise _failed_write(error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _failed_write(error: Exception) -> OSError:
    """Recovers the code from safetensors' text: `I/O error: No space left on device (os error
    28)`."""
    code = re.search(r"(?:os error|code:) (\d+)", str(error))
    return OSError(int(code[1]), os.strerror(int(code[1]))) if code else OSError(str(error))


def _preprocessor(settings: FeatureSettings) -> dict[str, object]:
    return {
        "feature_extractor_type": "ASTFeatureExtractor",
        "sampling_rate": RATE_HZ,
        "num_mel_bins": settings.num_mel_bins,
        "max_length": settings.max_length,
        "do_normalize": settings.do_normalize,
        "mean": settings.mean,
        "std": settings.std,
        "padding_value": 0.0,
        "feature_size": 1,
        "return_attention_mask": False,
    }


@dataclass(frozen=True, slots=True)
class Proof:
    """Results of the finished model on held-out recordings."""

    heard: int
    """Detected held-out recordings of the user."""
    threshold: float
    """The lowest threshold from USUAL up without false accepts in held-out speech; HIGHEST if there
    are always some, USUAL without such speech."""
    loudest: float | None
    """Highest score in held-out speech; None without such speech."""


def prove(
    out: Path, phrase: CheckedPhrase, recordings: Sequence[Clip], speech: Sequence[Clip]
) -> Proof:
    """Run the model in the folder as `marvin run` would.

    `recordings` contain the phrase, `speech` does not.
    """
    config = AstConfig(model=str(out.resolve()), label=phrase.text, threshold=0.0, refractory_s=0.0)
    detector = AstWakeWordDetector.load(config, phrase.ipa.__getitem__)
    loudest = max((_best_score(detector, clip.samples) for clip in speech), default=None)
    threshold = proposed(loudest)
    said = [_best_score(detector, clip.samples) for clip in recordings]
    return Proof(sum(score >= threshold for score in said), threshold, loudest)


def proposed(loudest: float | None) -> float:
    """The threshold for a given highest score in speech without the phrase."""
    if loudest is None or loudest < USUAL:
        return USUAL
    return min(HIGHEST, math.ceil(loudest * 50 + 0.5) / 50)


def _best_score(detector: AstWakeWordDetector, samples: Samples) -> float:
    faint = np.random.default_rng(0).standard_normal(2 * round(_QUIET_S * RATE_HZ), np.float32)
    before, after = np.split(faint * np.float32(3e-4), 2)
    heard = np.concatenate([before, samples, after])
    detector.reset()
    detections = [
        detector.process(AudioChunk(heard[at : at + CHUNK_SAMPLES], start=at), voice=True)
        for at in range(0, len(heard), CHUNK_SAMPLES)
    ]
    return max((found.score for found in detections if found is not None), default=0.0)
