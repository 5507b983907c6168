"""The features of pocketsphinx's English model.

The same as the decoder's internal ones: mel cepstra with noise reduction by minima tracking (G.
Doblinger, Computationally efficient speech enhancement by spectral minima tracking in subbands,
1995), temporal masking, and deltas.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from marvin.types import RATE_HZ

Cepstra = NDArray[np.float64]
"""Shape (frames, 13), FRAMES_PER_S a second; the first coefficient is the level."""

FRAME_SAMPLES = 410
STEP_SAMPLES = 160
SLOPE_FRAMES = 3
"""How far the slopes of a frame look back and ahead."""
_FFT = 512
_FILTERS, _LOWEST_HZ, _HIGHEST_HZ = 25, 130.0, 6800.0
_COEFFICIENTS, _LIFTER = 13, 22
_PRE_EMPHASIS = 0.97
_LARGEST_CUT = 20.0
_LATE_FRAMES, _LATE_SHARE = 5, 0.42
"""Reverberation after 50 ms, and its power in a room that falls by 60 dB in 0.8 s."""
_DRIEST = 0.1
"""Least power left by its subtraction."""
_NEIGHBOURS = 4
"""Neighbouring filters on each side for smoothing the gain."""


def cepstra(samples: NDArray[np.float64], *, dry: bool = False) -> Cepstra:
    """`samples`: at RATE_HZ in 16-bit units, at least FRAME_SAMPLES; `dry`: without the late
    reverberation."""
    sharp = samples.copy()
    sharp[1:] -= _PRE_EMPHASIS * samples[:-1]
    frames = np.lib.stride_tricks.sliding_window_view(sharp, FRAME_SAMPLES)[::STEP_SAMPLES]
    power = np.abs(np.fft.rfft(frames * _window(), _FFT)) ** 2 @ _mel_filters()
    if dry:
        power = _without_reverberation(power)
    return np.asarray(np.log(np.maximum(_without_noise(power), 1e-4)) @ _cosines())


def normalised_cepstra(pcm: bytes) -> Cepstra:
    """Of an utterance of 16-bit samples, less their mean, as the decoder makes them of audio."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    # The last frame may be part of one.
    features = cepstra(np.pad(samples, (0, (FRAME_SAMPLES - len(samples)) % STEP_SAMPLES)))
    return np.asarray(features - features[features[:, 0] >= 0.0].mean(axis=0))


def with_slopes(features: Cepstra) -> NDArray[np.float32]:
    """The cepstra with deltas and delta-deltas; shape (frames, 3, 13)."""
    padded = np.pad(features, ((SLOPE_FRAMES, SLOPE_FRAMES), (0, 0)), mode="edge")

    def at(offset: int) -> Cepstra:
        return padded[SLOPE_FRAMES + offset : SLOPE_FRAMES + offset + len(features)]

    slope = at(2) - at(-2)
    bend = (at(3) - at(-1)) - (at(1) - at(-3))
    return np.stack([features, slope, bend], axis=1).astype(np.float32)


def _without_reverberation(spectrum: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each filter's power less what a room leaves of that of _LATE_FRAMES before.

    K. Lebart, J. M. Boucher and P. N. Denbigh, A new method based on spectral subtraction for
    speech dereverberation (Acta Acustica 87, 2001).
    """
    late = np.zeros_like(spectrum)
    smooth = spectrum[0]
    for index, frame in enumerate(spectrum[:-_LATE_FRAMES]):
        smooth = 0.6 * smooth + 0.4 * frame
        late[index + _LATE_FRAMES] = _LATE_SHARE * smooth
    return np.maximum(spectrum - late, _DRIEST * spectrum)


def _without_noise(spectrum: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each filter's power after noise reduction and temporal masking."""
    smooth = spectrum[0]
    noise = floor = smooth / _LARGEST_CUT
    peak = np.zeros(_FILTERS)
    gains = np.empty_like(spectrum)
    for index, frame in enumerate(spectrum):
        smooth = 0.7 * smooth + 0.3 * frame
        noise = _lower_envelope(noise, smooth)
        signal = np.maximum(smooth - noise, 1.0)
        floor = _lower_envelope(floor, signal)
        peak = 0.85 * peak
        masked = np.where(signal < 0.85 * peak, 0.2 * peak, signal)
        peak = np.maximum(peak, signal)
        gains[index] = np.maximum(masked, floor) / np.maximum(smooth, 1e-9)
    gains = np.clip(gains, 1 / _LARGEST_CUT, _LARGEST_CUT)
    return np.asarray(spectrum * (gains @ _smoothing()))


def _lower_envelope(
    envelope: NDArray[np.float64], value: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Follows at once when it falls, slowly when it rises."""
    kept = np.where(value >= envelope, 0.995, 0.5)
    return np.asarray(kept * envelope + (1 - kept) * value)


@cache
def _window() -> NDArray[np.float64]:
    return np.hamming(FRAME_SAMPLES)


@cache
def _mel_filters() -> NDArray[np.float64]:
    """Triangles of equal area with corners on bins; shape (bins, filters)."""
    lowest, highest = 2595 * np.log10(1 + np.array([_LOWEST_HZ, _HIGHEST_HZ]) / 700)
    corners = 700 * (10 ** (np.linspace(lowest, highest, _FILTERS + 2) / 2595) - 1)
    bin_hz = RATE_HZ / _FFT
    corners = np.round(corners / bin_hz) * bin_hz
    left, centre, right = corners[:-2], corners[1:-1], corners[2:]
    hz = (np.arange(_FFT // 2 + 1) * bin_hz)[:, None]
    rising, falling = (hz - left) / (centre - left), (right - hz) / (right - centre)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)) * 2 / (right - left))


@cache
def _smoothing() -> NDArray[np.float64]:
    at = np.arange(_FILTERS)
    near = (np.abs(at[:, None] - at) <= _NEIGHBOURS).astype(float)
    return np.asarray(near / near.sum(axis=0))


@cache
def _cosines() -> NDArray[np.float64]:
    """Liftered orthonormal DCT; shape (filters, coefficients)."""
    order = np.arange(_COEFFICIENTS)
    table = np.cos(np.pi * order * (np.arange(_FILTERS)[:, None] + 0.5) / _FILTERS)
    table *= np.sqrt(np.where(order == 0, 1, 2) / _FILTERS)
    return np.asarray(table * (1 + _LIFTER / 2 * np.sin(np.pi * order / _LIFTER)))
