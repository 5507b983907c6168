"""Voices that are tones, and an engine that tells them apart in no time."""

import numpy as np

from marvin.cancellation import CancelToken
from marvin.types import RATE_HZ, Samples

_BANDS = 40


class SpectralEncoder:
    """The spectrum below 2 kHz is the voice."""

    model = "spectrum"

    def embed(self, samples: Samples, token: CancelToken) -> Samples:
        token.check()
        spectrum = np.abs(np.fft.rfft(samples, RATE_HZ))[:2_000]
        energy = spectrum.reshape(_BANDS, -1).sum(axis=1)
        return np.asarray(energy / np.linalg.norm(energy), np.float32)


def voice(hz: float, seconds: float = 2.0, seed: int = 1) -> Samples:
    """A tone of one pitch with a little noise, and silence around it."""
    rng = np.random.default_rng(seed)
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tone = 0.2 * np.sin(2 * np.pi * hz * at) + 0.001 * rng.standard_normal(len(at))
    return np.pad(tone.astype(np.float32), RATE_HZ // 4)
