"""Shared parts of the engines' tests: loading Whisper, and audio to transcribe."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from marvin.backends.pretrained import stopping
from marvin.backends.pretrained.checkpoint import load_model
from marvin.backends.pretrained.place import CPU, Place
from marvin.cancellation import CancelToken
from marvin.config.stt import WhisperConfig
from marvin.hub.source import Source
from marvin.stt.whisper.whisper import WhisperTranscriber
from marvin.types import RATE_HZ, Endpoint, Samples, Transcript, Utterance

OPEN = {
    "min_log_probability": -10.0,
    "max_compression_ratio": 100.0,
    "max_repeats": 100,
    "max_no_speech": 1.0,
}
"""Gates that accept what random weights write."""


def load(folder: Path, place: Place = CPU, **keys: Any) -> WhisperTranscriber:
    return WhisperTranscriber.load(WhisperConfig(model=str(folder), **(OPEN | keys)), place)


def model_of(folder: Path) -> Any:
    """The model that an engine on the CPU uses."""
    from transformers import WhisperForConditionalGeneration

    return load_model(WhisperForConditionalGeneration, Source("stt.model", str(folder)), CPU)


def noise(length_s: float = 2.0) -> Samples:
    rng = np.random.default_rng(1)
    return rng.normal(0.0, 0.1, round(length_s * RATE_HZ)).astype(np.float32)


def utterance(samples: Samples) -> Utterance:
    return Utterance(samples, 0, 1.0, Endpoint.SILENCE)


def hear(transcriber: WhisperTranscriber, samples: Samples) -> Transcript:
    return transcriber.transcribe(utterance(samples), CancelToken())


def before_each(module: Any, action: Callable[[], None]) -> AbstractContextManager[None]:
    """Call a function before each forward pass of a module on this thread."""
    return stopping.before_each(action, module)
