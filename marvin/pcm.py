"""Arithmetic on samples."""

import io
import math
import wave

import numpy as np
from numpy.typing import NDArray

from marvin.types import RATE_HZ, Samples

_FULL_SCALE = 32767
_ABSURD = 1e3
"""A thousand times full scale: bytes misread as floats, not sound."""
SILENCE_DBFS = -120.0
"""Level reported for digital silence."""


def to_int16(samples: Samples) -> NDArray[np.int16]:
    """Clips at full scale; NaN becomes 0."""
    finite = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.rint(np.clip(finite, -1.0, 1.0) * _FULL_SCALE).astype(np.int16)


def to_float32(samples: NDArray[np.int16]) -> Samples:
    """Full scale at -1 and 1."""
    return samples.astype(np.float32) / np.float32(32768)


def wav(samples: Samples) -> bytes:
    """A 16-bit WAV file of samples at RATE_HZ."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes(to_int16(samples).tobytes())
    return file.getvalue()


def mono(block: NDArray[np.float32]) -> Samples:
    """Channel mean of a block of shape (samples, channels); always a copy."""
    if block.shape[1] == 1:
        return block[:, 0].copy()
    return np.asarray(block.mean(axis=1, dtype=np.float32))


def finite(samples: Samples) -> Samples:
    """NaN becomes 0; absurdly large values are clipped."""
    # One pass in the usual case: the energy reveals non-finite values, and values so large that
    # a filter would overflow.
    with np.errstate(over="ignore", invalid="ignore"):
        if float(np.vdot(samples, samples)) <= _ABSURD**2:
            return samples
    numbers = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.asarray(np.clip(numbers, -_ABSURD, _ABSURD), np.float32)


def level_dbfs(samples: Samples) -> float:
    """RMS level in dBFS (a full-scale square wave is 0)."""
    if len(samples) == 0:
        return SILENCE_DBFS
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    return max(SILENCE_DBFS, 10.0 * math.log10(power)) if power > 0 else SILENCE_DBFS


def fade_in(samples: Samples, length: int) -> Samples:
    """A copy with a raised-cosine fade over the first `length` samples."""
    length = min(length, len(samples))
    faded = samples.copy()
    faded[:length] *= _rise(length)
    return faded


def fade_out(samples: Samples, length: int) -> Samples:
    """A copy with a raised-cosine fade over the last `length` samples."""
    length = min(length, len(samples))
    faded = samples.copy()
    faded[len(faded) - length :] *= _rise(length)[::-1]
    return faded


def _rise(length: int) -> Samples:
    return (0.5 - 0.5 * np.cos(np.pi * np.arange(length) / max(1, length))).astype(np.float32)
