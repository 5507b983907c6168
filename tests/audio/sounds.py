"""Tones and what they are recognised by."""

import numpy as np

from marvin.types import AudioChunk, Samples


def tone(
    seconds: float, rate_hz: int = 16_000, pitch_hz: float = 440.0, peak: float = 0.3
) -> Samples:
    """A sine wave."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    return (peak * np.sin(2 * np.pi * pitch_hz * time)).astype(np.float32)


def chunks_of(samples: Samples, rate_hz: int, size: int = 1_000) -> list[AudioChunk]:
    """The samples as a stream."""
    return [AudioChunk(samples[at : at + size], rate_hz, at) for at in range(0, len(samples), size)]


def pitch_hz(samples: Samples, rate_hz: int) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate_hz / len(samples)


def heard(samples: Samples, threshold: float = 0.01) -> Samples:
    """From the first to the last sample that is louder."""
    loud = np.flatnonzero(np.abs(samples) > threshold)
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples[:0]
