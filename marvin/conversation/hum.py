"""Removes mains hum and DC offset, which cheap sound cards add to recordings."""

import functools
import math
from dataclasses import replace

import numpy as np

from marvin.types import RATE_HZ, AudioChunk, Samples

_TAPS = 640
"""40 ms: a shorter filter has too gentle a slope."""
_STOP_HZ, _PASS_HZ = 115.0, 200.0
"""Mains hum (50, 60, 100 and 120 Hz) is below; what makes speech intelligible is above."""
_STOP_DB = 60.0

_AUDIBLE = 10 ** (-40 / 20)
"""RMS below which hum masks no speech that a recogniser would understand."""
_BLOCK = RATE_HZ // 200
"""Averaging over this many samples is a cheap low-pass filter at roughly 100 Hz."""
_LONG_S = 2.0
"""Even a deep voice pauses within this time; hum does not."""
_SHORT_S, _STEADY = 0.4, 1.5
"""At the start of a stream a steady level is proof enough, so detection can be quicker."""


class HumFilter:
    """High-pass filters a stream while it hums.

    Without hum the audio is unchanged, bit for bit, at almost no cost.
    """

    def __init__(self) -> None:
        self._before: Samples = np.zeros(_TAPS - 1, np.float32)
        self._loud_s = 0.0
        """Seconds of uninterrupted low-frequency sound."""
        self._least = self._most = 0.0
        """Its level range."""
        self._paused = False
        self._hums = False

    def clean(self, chunk: AudioChunk) -> AudioChunk:
        """Return the next chunk without hum."""
        samples = chunk.samples
        before = self._before
        enough = len(samples) >= _TAPS - 1
        self._before = samples if enough else np.concatenate([before, samples])[-(_TAPS - 1) :]
        if len(samples) >= _BLOCK:  # only the last chunk of a stream is shorter
            self._hums = self._still_hums(_low(samples), chunk.duration_s)
        if not self._hums or not len(samples):
            return chunk
        whole = np.concatenate([before[-(_TAPS - 1) :], samples])
        return replace(chunk, samples=np.convolve(whole, _high_pass(), "valid"))

    def _still_hums(self, level: float, duration_s: float) -> bool:
        if level < _AUDIBLE:
            self._loud_s, self._paused = 0.0, True
            return False
        self._least = min(self._least, level) if self._loud_s else level
        self._most = max(self._most, level) if self._loud_s else level
        self._loud_s += duration_s
        steady = self._most < _STEADY * self._least and not self._paused
        return self._hums or self._loud_s >= (_SHORT_S if steady else _LONG_S)


def _low(samples: Samples) -> float:
    """RMS of the frequencies below speech."""
    whole = len(samples) // _BLOCK * _BLOCK
    means = samples[:whole].reshape(-1, _BLOCK).mean(axis=1)
    return math.sqrt(float(np.dot(means, means)) / len(means))


@functools.cache
def _high_pass() -> Samples:
    """Minimum phase, so nothing is delayed and filtering can start and stop at any chunk."""
    size = 1 << 15
    share = (np.fft.rfftfreq(size, 1 / RATE_HZ) - _STOP_HZ) / (_PASS_HZ - _STOP_HZ)
    gain_db = -_STOP_DB * (0.5 + 0.5 * np.cos(np.pi * np.clip(share, 0.0, 1.0)))
    # Fold the cepstrum onto its causal part (Oppenheim and Schafer, Discrete-Time Signal
    # Processing, chapter 13).
    cepstrum = np.fft.irfft(gain_db / 20 * math.log(10))
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    taps = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)))[:_TAPS]
    fade = np.hanning(2 * _TAPS)[_TAPS:]
    taps[_TAPS // 2 :] *= np.hanning(_TAPS)[_TAPS // 2 :]
    # Make the gain at 0 Hz exactly zero, so that no DC offset remains.
    return np.asarray(taps - taps.sum() * fade / fade.sum(), np.float32)
