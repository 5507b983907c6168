"""The folder of a finished model, and the proof that it hears."""

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
"""`wake.threshold` as it is, and the highest that is proposed: above it nobody is heard."""


def write_folder(out: Path, model: ASTForAudioClassification, settings: FeatureSettings) -> None:
    """`config.json`, `model.safetensors` and `preprocessor_config.json`.

    Each replaces an older one only when all are written. Other files are left alone.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    from transformers.utils import logging as transformers_logging

    # A bar for 75 small tensors is noise.
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
    """What safetensors says in words only: `I/O error: No space left on device (os error 28)`."""
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
    """What the finished model made of recordings that it was not trained on."""

    heard: int
    """Of the user's recordings that were kept back, those that wake it."""
    threshold: float
    """The lowest from USUAL on at which no kept-back speech wakes it; HIGHEST where some still
    does, USUAL where there is none."""
    loudest: float | None
    """Highest score in the kept-back speech; None: there is none, and nothing is known."""


def prove(
    out: Path, phrase: CheckedPhrase, recordings: Sequence[Clip], speech: Sequence[Clip]
) -> Proof:
    """Listen with the model in the folder as `marvin run` would.

    `recordings`: of the phrase; `speech`: without it.
    """
    config = AstConfig(model=str(out.resolve()), label=phrase.text, threshold=0.0, refractory_s=0.0)
    detector = AstWakeWordDetector.load(config, phrase.ipa.__getitem__)
    loudest = max((_best_score(detector, clip.samples) for clip in speech), default=None)
    threshold = proposed(loudest)
    said = [_best_score(detector, clip.samples) for clip in recordings]
    return Proof(sum(score >= threshold for score in said), threshold, loudest)


def proposed(loudest: float | None) -> float:
    """The threshold for a model whose highest score in speech without the phrase is this."""
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
