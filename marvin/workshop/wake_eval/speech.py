"""Speech level and position in a clip, and mixing with noise."""

import numpy as np
from numpy.typing import NDArray

from marvin.types import RATE_HZ, Samples

FRAME_SAMPLES = RATE_HZ // 50
ACTIVE_DB = 30.0
"""Frames within this range of the loudest count as speech."""


def word_end(clip: Samples) -> int:
    """Sample after the last frame of speech; an estimate, because a clip may end in noise."""
    active = np.flatnonzero(_active(_powers(clip)))
    return min(len(clip), (int(active[-1]) + 1) * FRAME_SAMPLES) if len(active) else len(clip)


def active_power(clip: Samples) -> float:
    """Mean square of the speech frames."""
    powers = _powers(clip)
    active = powers[_active(powers)]
    return float(active.mean()) if len(active) else 0.0


def in_noise(clip: Samples, noise: Samples, snr_db: float) -> Samples:
    """The clip in the middle of longer noise, `snr_db` below the speech."""
    noise_power = float(np.mean(np.square(noise, dtype=np.float64)))
    gain = 0.0
    if noise_power > 0.0:
        gain = np.sqrt(active_power(clip) / noise_power / 10 ** (snr_db / 10))
    mixed = noise * np.float32(gain)
    start = (len(noise) - len(clip)) // 2
    mixed[start : start + len(clip)] += clip
    # Scale down instead of clipping.
    peak = float(np.abs(mixed).max(initial=0.0))
    return mixed / np.float32(peak) if peak > 1.0 else mixed


def _powers(clip: Samples) -> NDArray[np.float64]:
    padding = -len(clip) % FRAME_SAMPLES
    frames = np.pad(clip, (0, padding)).reshape(-1, FRAME_SAMPLES)
    return np.asarray(np.mean(np.square(frames, dtype=np.float64), axis=1))


def _active(powers: NDArray[np.float64]) -> NDArray[np.bool_]:
    loudest = powers.max(initial=0.0)
    return np.asarray((powers > 0.0) & (powers >= loudest / 10 ** (ACTIVE_DB / 10)))
