"""Streaming log-mel features in NumPy, equal to transformers' ASTFeatureExtractor."""

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
    """From a checkpoint's preprocessor_config.json; defaults are ASTFeatureExtractor's."""

    num_mel_bins: int = 128
    max_length: int = 1024
    """Frames per window; shorter input is zero-padded, longer is cut off."""
    mean: float = -4.2677393
    """Mean of the log-mel features of the training data."""
    std: float = 4.5689974
    """Their standard deviation; features are divided by twice this value."""
    do_normalize: bool = True

    @classmethod
    def from_preprocessor(cls, values: Mapping[str, object]) -> "FeatureSettings":
        """Raises ValueError if the sample rate is not RATE_HZ, or a value is unusable."""
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
    """Number of whole frames."""
    return max(0, 1 + (samples - FRAME_SAMPLES) // FRAME_HOP_SAMPLES)


class LogMel:
    def __init__(self, num_mel_bins: int) -> None:
        self._bank = _mel_filters(num_mel_bins)
        self._taper = np.hanning(FRAME_SAMPLES).astype(np.float32)

    def __call__(self, samples: Samples) -> Features:
        """Maps audio of shape (..., samples) to features of shape (..., frames, bins)."""
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
    """The last window of a stream, with features that are computed incrementally."""

    def __init__(self, settings: FeatureSettings, window_samples: int) -> None:
        self.settings = settings
        self._log_mel = LogMel(settings.num_mel_bins)
        # A window longer than the model's input is cut off, as the feature extractor does.
        self._count = min(frame_count(window_samples), settings.max_length)
        self._audio = np.zeros(window_samples, np.float32)
        self._frames = np.zeros((self._count, settings.num_mel_bins), np.float32)
        self._pending = window_samples

    def push(self, samples: Samples) -> None:
        """Append samples, shape (samples,)."""
        new = len(samples)
        if new >= len(self._audio):
            self._audio[:] = samples[new - len(self._audio) :]
        elif new:
            self._audio[:-new] = self._audio[new:]
            self._audio[-new:] = samples
        self._pending += new

    def features(self) -> Features:
        """Normalised features of the window that ends with the last sample.

        Shape (max_length, bins). Frames from the last call are reused if a whole number of frame
        hops has been pushed since.
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
        """Reset the window to silence."""
        self._audio[:] = 0.0
        self._pending = len(self._audio)


def _mel_filters(count: int) -> NDArray[np.float32]:
    """Triangular filters on Kaldi's mel scale, shape (frequencies, count). With more filters than
    frequencies some are empty, as in the training of published checkpoints."""
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
