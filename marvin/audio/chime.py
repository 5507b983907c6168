"""Short notification sounds, synthesised from sine waves."""

import numpy as np

from marvin import pcm
from marvin.pcm import fade_in, fade_out
from marvin.types import AudioChunk, Samples

RATE_HZ = 24_000
"""Sample rate of the sounds."""
_LEVEL_DBFS, _SOFT_DBFS = -20.0, -32.0
_OVERTONES = (1.0, 0.3, 0.1)
_FADE_S = 0.008
_WAKE = ((659.3, 0.07), (987.8, 0.13))
_RING = ((1046.5, 0.09), (1318.5, 0.09), (1568.0, 0.22), (0.0, 0.1))
_LOUDER_DB = 1.5
_PEAK = 0.95
_NOTCH_HZ = 25.0
"""Half-width of the notch around each tone: tones this short have that bandwidth."""


def wake() -> AudioChunk:
    """\"I am listening\": two short rising tones."""
    return _sound(*_WAKE)


def open_microphone() -> AudioChunk:
    """\"Go on\": one soft tone of the wake chime."""
    return _sound(_WAKE[1], level_dbfs=_SOFT_DBFS)


def close_microphone() -> AudioChunk:
    """\"I no longer listen\": one soft tone, lower."""
    return _sound(_WAKE[0], level_dbfs=_SOFT_DBFS)


def without_wake(samples: Samples, rate_hz: int) -> Samples:
    """Notch out the wake chime's tones from microphone audio: the user may already be speaking."""
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate_hz)
    for pitch_hz, _ in _WAKE:
        for overtone in range(1, len(_OVERTONES) + 1):
            spectrum[np.abs(frequencies - pitch_hz * overtone) < _NOTCH_HZ] = 0.0
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def error() -> AudioChunk:
    """\"That did not work\": two falling tones."""
    return _sound((440.0, 0.16), (311.1, 0.28))


def timer() -> AudioChunk:
    """\"The time is up\": three rings in 1.5 s."""
    return _sound(*_RING, *_RING, *_RING)


def alarm(rings: int) -> AudioChunk:
    """The rings of a timer, louder after each of the `rings` before."""
    sound = timer()
    loudest = _PEAK / float(np.abs(sound.samples).max())
    gain = min(10 ** (rings * _LOUDER_DB / 20), loudest)
    return AudioChunk(sound.samples * np.float32(gain), sound.rate_hz)


def _sound(*tones: tuple[float, float], level_dbfs: float = _LEVEL_DBFS) -> AudioChunk:
    """`tones` are pairs of pitch in Hz (0: a pause) and duration in seconds."""
    samples = np.concatenate([_tone(pitch_hz, seconds) for pitch_hz, seconds in tones])
    gain = 10 ** ((level_dbfs - pcm.level_dbfs(samples)) / 20)
    return AudioChunk((samples * gain).astype(np.float32), RATE_HZ)


def _tone(pitch_hz: float, seconds: float) -> Samples:
    count = round(seconds * RATE_HZ)
    time = np.arange(count) / RATE_HZ
    wave = sum(
        weight * np.sin(2 * np.pi * pitch_hz * (overtone + 1) * time)
        for overtone, weight in enumerate(_OVERTONES)
    )
    # Decays like a struck bar.
    struck = np.asarray(wave * np.exp(-2.5 * time / seconds), np.float32)
    fade = round(_FADE_S * RATE_HZ)
    return fade_out(fade_in(struck, fade), 3 * fade)
