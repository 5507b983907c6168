"""Voice activity detection by WebRTC (Gaussian mixtures on six sub-bands)."""

from typing import Protocol, Self

import numpy as np

from marvin.config.vad import WebrtcVadConfig
from marvin.pcm import to_int16
from marvin.types import RATE_HZ, AudioChunk

FRAME_SAMPLES = RATE_HZ // 100
"""10 ms, the shortest frame that WebRTC accepts."""


class _Vad(Protocol):
    def is_speech(self, buf: bytes, sample_rate: int) -> bool: ...


class WebrtcVoiceActivityDetector:
    """Reports the fraction of 10 ms frames that WebRTC classifies as speech."""

    def __init__(self, config: WebrtcVadConfig, vad: _Vad) -> None:
        self._config = config
        self._vad = vad
        self._rest = np.zeros(0, dtype=np.int16)

    @classmethod
    def load(cls, config: WebrtcVadConfig) -> Self:
        return cls(config, _new_vad(config))

    def speech_probability(self, chunk: AudioChunk) -> float:
        """In [0, 1]. Samples beyond the last whole frame are kept for the next chunk."""
        pcm = to_int16(chunk.samples)
        if len(self._rest):
            pcm = np.concatenate([self._rest, pcm])
        count = len(pcm) // FRAME_SAMPLES
        self._rest = pcm[count * FRAME_SAMPLES :]
        if not count:
            return 0.0
        frames = pcm[: count * FRAME_SAMPLES].reshape(count, FRAME_SAMPLES)
        return sum(self._vad.is_speech(frame.tobytes(), RATE_HZ) for frame in frames) / count

    def reset(self) -> None:
        """Forget all audio so far, including the detector's noise models."""
        self._vad = _new_vad(self._config)
        self._rest = np.zeros(0, dtype=np.int16)


def _new_vad(config: WebrtcVadConfig) -> _Vad:
    import webrtcvad

    vad: _Vad = webrtcvad.Vad(config.aggressiveness)
    return vad
