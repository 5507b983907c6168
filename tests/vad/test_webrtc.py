"""WebRTC's real detector."""

import numpy as np

from marvin.config.vad import WebrtcVadConfig
from marvin.types import RATE_HZ, AudioChunk
from marvin.vad.webrtc import WebrtcVoiceActivityDetector


def vowels(seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """A pulse train of 120 Hz through three formants: close enough to a voice for the detector."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    wave = sum(
        np.exp(-(((120 * k - formant) / 150) ** 2)) * np.sin(2 * np.pi * 120 * k * time)
        for k in range(1, 30)
        for formant in (700, 1200, 2600)
    )
    return np.asarray(0.1 * wave * (1 + 0.5 * np.sin(2 * np.pi * 4 * time)), np.float32)


def probabilities(samples: np.ndarray[tuple[int], np.dtype[np.float32]], size: int) -> list[float]:
    detector = WebrtcVoiceActivityDetector.load(WebrtcVadConfig())
    return [
        detector.speech_probability(AudioChunk(samples[at : at + size]))
        for at in range(0, len(samples), size)
    ]


def test_voice_is_speech_and_silence_is_not() -> None:
    assert np.mean(probabilities(vowels(2.0), 640)[10:]) > 0.8
    assert max(probabilities(np.zeros(RATE_HZ, np.float32), 640)) == 0.0


def test_chunks_of_any_size_see_the_same_frames() -> None:
    voice = np.concatenate([vowels(0.5), np.zeros(RATE_HZ // 2, np.float32)])
    in_frames = sum(probabilities(voice, 160))
    # 400 samples are two and a half frames: 2, 3, 2, 3 ... frames per chunk.
    odd = [
        share * frames for share, frames in zip(probabilities(voice, 400), [2, 3] * 20, strict=True)
    ]
    assert in_frames == sum(odd)
    assert 40 < in_frames < 80


def test_reset_restarts_the_detector() -> None:
    detector = WebrtcVoiceActivityDetector.load(WebrtcVadConfig())
    first = [detector.speech_probability(AudioChunk(vowels(0.5))) for _ in range(2)]
    detector.reset()
    again = [detector.speech_probability(AudioChunk(vowels(0.5))) for _ in range(2)]
    assert again == first
