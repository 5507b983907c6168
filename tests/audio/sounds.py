"""Test tones and measurements of them."""

import numpy as np

from marvin.types import AudioChunk, Samples


def tone(
    seconds: float, rate_hz: int = 16_000, pitch_hz: float = 440.0, peak: float = 0.3
) -> Samples:
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    return (peak * np.sin(2 * np.pi * pitch_hz * time)).astype(np.float32)


def chunks_of(samples: Samples, rate_hz: int, size: int = 1_000) -> list[AudioChunk]:
    """Split the samples into a stream of chunks."""
    return [AudioChunk(samples[at : at + size], rate_hz, at) for at in range(0, len(samples), size)]


def pitch_hz(samples: Samples, rate_hz: int) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate_hz / len(samples)


def heard(samples: Samples, threshold: float = 0.01) -> Samples:
    """The part from the first to the last loud sample."""
    loud = np.flatnonzero(np.abs(samples) > threshold)
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples[:0]
