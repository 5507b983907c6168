"""Test audio: speech by espeak-ng, which is always available, and a quiet room."""

from pathlib import Path

import numpy as np

from marvin.cancellation import CancelToken
from marvin.config.tts import EspeakConfig
from marvin.tts.espeak import EspeakSynthesizer
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_eval.stream import faint_noise

_TEXT = (
    "The quick brown fox jumps over the lazy dog while seven ships sail slowly past the harbour. "
    "Nobody remembers why the old clock on the tower stopped, but everybody sets a watch by it. "
    "When rain falls on the roof of the barn, the horses lift their heads and listen for a while. "
    "My neighbour grows tomatoes, beans and pumpkins, and gives most of them away in September. "
    "A letter from the bank lay unopened on the kitchen table between the bread and the butter. "
)


def speech(seconds: float) -> Samples:
    """Continuous speech of this length."""
    import soxr

    voice = EspeakSynthesizer.load(EspeakConfig())
    try:
        chunks = list(voice.synthesize(_TEXT, CancelToken()))
    finally:
        voice.close()
    said = np.concatenate([chunk.samples for chunk in chunks])
    samples = soxr.resample(said, chunks[0].rate_hz, RATE_HZ).astype(np.float32)
    first = int(np.flatnonzero(np.abs(samples) > 0.01)[0])
    samples = samples[first:]
    wanted = round(seconds * RATE_HZ)
    repeated: Samples = np.tile(samples, -(-wanted // len(samples)))[:wanted]
    return repeated


def quiet_room(seconds: float) -> Samples:
    """Faint noise."""
    return faint_noise(seconds, np.random.default_rng(1))


def recordings(folder: Path, seconds: float) -> Samples:
    """Concatenated recordings, up to this length."""
    import soundfile
    import soxr

    found: list[Samples] = []
    left = round(seconds * RATE_HZ)
    for path in sorted(folder.rglob("*")):
        if left > 0 and path.suffix in {".wav", ".flac"}:
            samples, rate_hz = soundfile.read(path, always_2d=True)
            mono = soxr.resample(samples.mean(axis=1), rate_hz, RATE_HZ).astype(np.float32)[:left]
            found.append(mono)
            left -= len(mono)
    return np.concatenate(found)


def keep(folder: Path, name: str, samples: Samples) -> Path:
    """Save samples to a file for the contenders."""
    path = folder / f"{name}.npy"
    np.save(path, samples)
    return path
