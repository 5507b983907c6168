"""Finds the part of a recording in which somebody speaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marvin.types import RATE_HZ, Samples

_FRAME_SAMPLES = RATE_HZ // 50
_BELOW_DB = 25.0
"""Frames further below the loudest are pauses."""
_LOUDEST = 0.95
"""The share of frames that are quieter than the loudest, a click aside."""
_SILENT_DBFS = -60.0


@dataclass(frozen=True, slots=True)
class SpeechPart:
    samples: Samples
    """From the first to the last speech."""
    speech_s: float
    """Seconds of it, without the pauses."""


def speech_part(samples: Samples) -> SpeechPart:
    """Empty if there is nothing but silence. Noise passes for speech: it is like no voice."""
    frames = len(samples) // _FRAME_SAMPLES
    powers = np.mean(samples[: frames * _FRAME_SAMPLES].reshape(-1, _FRAME_SAMPLES) ** 2, axis=1)
    if not frames:
        return SpeechPart(samples[:0], 0.0)
    levels = 10.0 * np.log10(powers + 1e-12)
    loudest = float(np.quantile(levels, _LOUDEST))
    if loudest < _SILENT_DBFS:
        return SpeechPart(samples[:0], 0.0)
    (loud,) = np.nonzero(levels > loudest - _BELOW_DB)
    part = samples[loud[0] * _FRAME_SAMPLES : (loud[-1] + 1) * _FRAME_SAMPLES]
    return SpeechPart(part, len(loud) * _FRAME_SAMPLES / RATE_HZ)
