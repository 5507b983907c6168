"""Log-mel filter banks in NumPy, equal to those that SpeechBrain's ECAPA-TDNN was trained on."""

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from marvin.types import RATE_HZ, Samples

BANDS = 80
HOP_SAMPLES = 160
_FFT_SAMPLES = 400
_FLOOR = 1e-10
_RANGE_DB = 80.0
"""What is further below the loudest value is raised to this distance."""


def filter_banks(samples: Samples) -> NDArray[np.float32]:
    """In dB, shape (frames, BANDS), with each band's mean removed: the level, and the microphone's
    frequency response, do not matter."""
    padded = np.pad(samples, _FFT_SAMPLES // 2)
    frames = sliding_window_view(padded, _FFT_SAMPLES)[::HOP_SAMPLES]
    power = np.abs(np.fft.rfft(frames * _window())) ** 2
    decibels = 10.0 * np.log10(np.maximum(power @ _filters(), _FLOOR))
    decibels = np.maximum(decibels, decibels.max() - _RANGE_DB)
    return np.asarray(decibels - decibels.mean(axis=0), np.float32)


@lru_cache
def _window() -> NDArray[np.float64]:
    """A periodic Hamming window."""
    return np.hamming(_FFT_SAMPLES + 1)[:-1]


@lru_cache
def _filters() -> NDArray[np.float64]:
    """Triangles over the spectrum, shape (frequencies, BANDS). Both sides of each are as wide as
    its lower one."""
    highest = 2595.0 * np.log10(1.0 + RATE_HZ / 2 / 700.0)
    edges = 700.0 * (10.0 ** (np.linspace(0.0, highest, BANDS + 2) / 2595.0) - 1.0)
    widths = np.diff(edges)[:-1]
    frequencies = np.linspace(0.0, RATE_HZ / 2, _FFT_SAMPLES // 2 + 1)
    return np.maximum(0.0, 1.0 - np.abs(frequencies[:, None] - edges[1:-1]) / widths)
