"""What mains and bad sound cards add to a recording: an offset and a hum, which are no sound."""

import functools
import math
from dataclasses import replace

import numpy as np

from marvin.types import RATE_HZ, AudioChunk, Samples

_TAPS = 640
"""40 ms: a shorter filter is less steep."""
_STOP_HZ, _PASS_HZ = 115.0, 200.0
"""Mains hum at 50, 60, 100 and 120 Hz is below; what makes words of speech is above."""
_STOP_DB = 60.0

_AUDIBLE = 10 ** (-40 / 20)
"""A hum below this, as a root mean square, hides no speech that a recogniser would understand."""
_BLOCK = RATE_HZ // 200
"""Means over so many samples are what is below 100 Hz, roughly; it costs microseconds."""
_LONG_S = 2.0
"""Speech, however deep the voice, pauses for a moment within this time; a hum does not."""
_SHORT_S, _STEADY = 0.4, 1.5
"""At the beginning of a stream nothing waits so long: a hum is as loud all the time."""


class HumFilter:
    """Takes out of a stream what is below speech, where there is any; else passes it as it is.

    Without a hum not a bit is changed, and nearly nothing is computed.
    """

    def __init__(self) -> None:
        self._before: Samples = np.zeros(_TAPS - 1, np.float32)
        self._loud_s = 0.0
        """How long there has been something below speech without a pause."""
        self._least = self._most = 0.0
        """The levels of it."""
        self._paused = False
        self._hums = False

    def clean(self, chunk: AudioChunk) -> AudioChunk:
        """The next chunk, without."""
        samples = chunk.samples
        before = self._before
        enough = len(samples) >= _TAPS - 1
        self._before = samples if enough else np.concatenate([before, samples])[-(_TAPS - 1) :]
        if len(samples) >= _BLOCK:  # less comes only at the end, and says nothing
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
    """Root mean square of what is below speech."""
    whole = len(samples) // _BLOCK * _BLOCK
    means = samples[:whole].reshape(-1, _BLOCK).mean(axis=1)
    return math.sqrt(float(np.dot(means, means)) / len(means))


@functools.cache
def _high_pass() -> Samples:
    """Minimum phase: what passes is not delayed, so that it may begin and end at any chunk."""
    size = 1 << 15
    share = (np.fft.rfftfreq(size, 1 / RATE_HZ) - _STOP_HZ) / (_PASS_HZ - _STOP_HZ)
    gain_db = -_STOP_DB * (0.5 + 0.5 * np.cos(np.pi * np.clip(share, 0.0, 1.0)))
    # The causal part of the cepstrum has all of the gain (Oppenheim and Schafer, Discrete-Time
    # Signal Processing, chapter 13).
    cepstrum = np.fft.irfft(gain_db / 20 * math.log(10))
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    taps = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)))[:_TAPS]
    fade = np.hanning(2 * _TAPS)[_TAPS:]
    taps[_TAPS // 2 :] *= np.hanning(_TAPS)[_TAPS // 2 :]
    # Nothing at all is left of an offset.
    return np.asarray(taps - taps.sum() * fade / fade.sum(), np.float32)
