"""Streaming log-mel features, equal to transformers' ASTFeatureExtractor, by NumPy alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from marvin.types import RATE_HZ, Samples

FRAME_SAMPLES = 400
FRAME_HOP_SAMPLES = 160
_FFT_SAMPLES = 512
_LOWEST_HZ = 20.0
_PREEMPHASIS = 0.97
_MEL_FLOOR = 1.192092955078125e-07

Features = NDArray[np.float32]
"""Log-mel features, shape (frames, mel bins)."""


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """What a checkpoint's preprocessor_config.json says; defaults are ASTFeatureExtractor's."""

    num_mel_bins: int = 128
    """Mel bands."""
    max_length: int = 1024
    """Frames that the model takes; fewer are padded with zeros, more are cut off."""
    mean: float = -4.2677393
    """Mean of the log-mel features of the training data."""
    std: float = 4.5689974
    """Their standard deviation; features are divided by twice as much."""
    do_normalize: bool = True
    """Whether mean and deviation are taken out at all."""

    @classmethod
    def from_preprocessor(cls, values: Mapping[str, object]) -> "FeatureSettings":
        """Settings from the mapping in preprocessor_config.json.

        Raises:
            ValueError: The sampling rate is not RATE_HZ, or a value is not a number, or none
                that can be used.
        """
        rate_hz = values.get("sampling_rate", RATE_HZ)
        if rate_hz != RATE_HZ:
            raise ValueError(f"sampling_rate is {rate_hz}, and Marvin hears at {RATE_HZ}")
        default = cls()
        if (std := _number(values, "std", default.std)) <= 0:
            raise ValueError(f"std is {std}, and features are divided by it")
        return cls(
            num_mel_bins=int(_number(values, "num_mel_bins", default.num_mel_bins)),
            max_length=int(_number(values, "max_length", default.max_length)),
            mean=_number(values, "mean", default.mean),
            std=std,
            do_normalize=bool(values.get("do_normalize", True)),
        )

    def normalize(self, features: Features) -> Features:
        """Pad or cut (..., frames, bins) to `max_length` frames, then normalise, in that order."""
        missing = self.max_length - features.shape[-2]
        if missing > 0:
            widths = [(0, 0)] * (features.ndim - 2) + [(0, missing), (0, 0)]
            features = np.pad(features, widths)
        elif missing < 0:
            features = features[..., : self.max_length, :]
        if self.do_normalize:
            features = (features - np.float32(self.mean)) / np.float32(2 * self.std)
        return features


def frame_count(samples: int) -> int:
    """Whole frames in so many samples."""
    return max(0, 1 + (samples - FRAME_SAMPLES) // FRAME_HOP_SAMPLES)


class LogMel:
    """Log-mel bands of frames of audio."""

    def __init__(self, num_mel_bins: int) -> None:
        self._bank = _mel_filters(num_mel_bins)
        self._taper = np.hanning(FRAME_SAMPLES).astype(np.float32)

    def __call__(self, samples: Samples) -> Features:
        """Features of shape (..., frames, bins) of audio of shape (..., samples)."""
        frames = sliding_window_view(samples, FRAME_SAMPLES, axis=-1)[..., ::FRAME_HOP_SAMPLES, :]
        frames = frames - frames.mean(axis=-1, keepdims=True)
        tapered = np.empty_like(frames)
        tapered[..., 1:] = frames[..., 1:] - np.float32(_PREEMPHASIS) * frames[..., :-1]
        tapered[..., 0] = frames[..., 0] * np.float32(1 - _PREEMPHASIS)
        tapered *= self._taper
        spectrum = np.fft.rfft(tapered, _FFT_SAMPLES, axis=-1)
        power = spectrum.real**2 + spectrum.imag**2
        mel: Features = np.log(np.maximum(power @ self._bank, np.float32(_MEL_FLOOR)))
        return mel


class FeatureStream:
    """The last window of a stream, as audio and as features that are computed once."""

    def __init__(self, settings: FeatureSettings, window_samples: int) -> None:
        self.settings = settings
        self._log_mel = LogMel(settings.num_mel_bins)
        # A window longer than what the model takes is cut there, as the feature extractor does.
        self._count = min(frame_count(window_samples), settings.max_length)
        self._audio = np.zeros(window_samples, np.float32)
        self._frames = np.zeros((self._count, settings.num_mel_bins), np.float32)
        self._pending = window_samples

    def push(self, samples: Samples) -> None:
        """Take the next samples, shape (samples,)."""
        new = len(samples)
        if new >= len(self._audio):
            self._audio[:] = samples[new - len(self._audio) :]
        elif new:
            self._audio[:-new] = self._audio[new:]
            self._audio[-new:] = samples
        self._pending += new

    def features(self) -> Features:
        """Normalised features of the window that ends with the last sample.

        Returns:
            Shape (max_length, bins). Frames that the last call has computed are used again when
            a whole number of frame hops has been pushed since.
        """
        new, rest = divmod(self._pending, FRAME_HOP_SAMPLES)
        if rest or new >= self._count:
            new = self._count
        if new:
            first = self._count - new
            span = self._audio[first * FRAME_HOP_SAMPLES :]
            span = span[: (new - 1) * FRAME_HOP_SAMPLES + FRAME_SAMPLES]
            self._frames[:first] = self._frames[new:]
            self._frames[first:] = self._log_mel(span)
            self._pending = 0
        return self.settings.normalize(self._frames)

    def clear(self) -> None:
        """Forget the audio: the window is silence again."""
        self._audio[:] = 0.0
        self._pending = len(self._audio)


def _mel_filters(count: int) -> NDArray[np.float32]:
    """Triangles on Kaldi's mel scale, shape (frequencies, count). Where there are more of them than
    frequencies some are empty; published checkpoints are used to it."""
    hz = np.arange(_FFT_SAMPLES // 2 + 1, dtype=np.float64) * (RATE_HZ / _FFT_SAMPLES)
    lowest, highest = _mel(np.array([_LOWEST_HZ, RATE_HZ / 2], np.float64))
    corners = np.linspace(lowest, highest, count + 2)
    widths = np.diff(corners)
    above = _mel(hz)[:, None] - corners
    filters = np.maximum(0, np.minimum(above[:, :-2] / widths[:-1], -above[:, 2:] / widths[1:]))
    return np.ascontiguousarray(filters, np.float32)


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log(1.0 + hz / 700.0))


def _number(values: Mapping[str, object], key: str, default: float) -> float:
    value = values.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{key} is {value!r}, not a number")
    return float(value)
