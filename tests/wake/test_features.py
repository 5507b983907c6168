"""The streaming features match transformers' ASTFeatureExtractor."""

import warnings

import numpy as np
import pytest

from marvin.types import Samples
from marvin.wake.ast.features import FeatureSettings, FeatureStream, LogMel, frame_count

PUBLISHED = FeatureSettings(num_mel_bins=128, max_length=128, mean=-6.845978, std=5.5654526)
SMALL = FeatureSettings(num_mel_bins=40, max_length=118, mean=-8.0, std=4.8)


def _audio(samples: int) -> Samples:
    rng = np.random.default_rng(3)
    audio = rng.standard_normal(samples).astype(np.float32) * 0.1
    audio[samples // 4 : samples // 3] = 0.0
    audio += np.sin(np.arange(samples) / 7).astype(np.float32) * 0.2 + 0.05
    return audio


def _expected(settings: FeatureSettings, window: Samples) -> Samples:
    from transformers import ASTFeatureExtractor

    with warnings.catch_warnings():
        # 128 mel bands leave some without any frequency of the spectrum.
        warnings.simplefilter("ignore")
        extractor = ASTFeatureExtractor(
            num_mel_bins=settings.num_mel_bins,
            max_length=settings.max_length,
            mean=settings.mean,
            std=settings.std,
            do_normalize=settings.do_normalize,
        )
    values = extractor(window, sampling_rate=16_000, return_tensors="np")["input_values"][0]
    return np.asarray(values, np.float32)


@pytest.mark.parametrize(
    ("settings", "window_samples"),
    [
        (PUBLISHED, 16_000),
        (SMALL, 19_200),
        (FeatureSettings(64, 50, do_normalize=False), 16_000),
        (PUBLISHED, 12_345),
    ],
)
@pytest.mark.parametrize("hop", [160, 1_600, 1_000, 40_000])
def test_features_of_a_stream_match_those_of_its_last_window(
    settings: FeatureSettings, window_samples: int, hop: int
) -> None:
    audio = _audio(80_000)
    stream = FeatureStream(settings, window_samples)
    for end in range(hop, len(audio) + 1, hop):
        stream.push(audio[end - hop : end])
        found = stream.features()
    last = len(audio) // hop * hop
    expected = _expected(settings, audio[last - window_samples : last])
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-4


def test_window_before_a_stream_is_silence() -> None:
    stream = FeatureStream(SMALL, 19_200)
    audio = _audio(1_600)
    stream.push(audio)
    window = np.concatenate([np.zeros(17_600, np.float32), audio])
    assert np.abs(stream.features() - _expected(SMALL, window)).max() < 1e-4
    stream.clear()
    silence = _expected(SMALL, np.zeros(19_200, np.float32))
    assert np.abs(stream.features() - silence).max() < 1e-4


def test_frames_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    computed = []
    original = LogMel.__call__

    def counted(self: LogMel, samples: Samples) -> Samples:
        computed.append(frame_count(len(samples)))
        return original(self, samples)

    monkeypatch.setattr(LogMel, "__call__", counted)
    stream = FeatureStream(SMALL, 19_200)
    audio = _audio(1_600)
    for _ in range(20):
        stream.push(audio)
        stream.features()
        stream.features()
    assert computed == [118] + [10] * 19


def test_settings_come_from_the_preprocessor_file() -> None:
    values = {"num_mel_bins": 40, "max_length": 118, "mean": -8, "std": 4.8, "do_normalize": True}
    assert FeatureSettings.from_preprocessor(values) == SMALL
    assert FeatureSettings.from_preprocessor({}).max_length == 1024


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sampling_rate": 8_000}, "8000"),
        ({"mean": "low"}, "mean is 'low', not a number"),
        ({"mean": float("inf")}, "mean is inf, not a number"),
        ({"std": 0.0}, "std is 0"),
    ],
)
def test_unusable_settings_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FeatureSettings.from_preprocessor(values)
