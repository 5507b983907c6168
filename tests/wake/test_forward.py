"""The forward pass matches transformers."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors import safe_open

from marvin.pcm import to_float32
from marvin.wake.ast.architecture import Architecture
from marvin.wake.ast.ast_checkpoint import load_checkpoint, load_settings
from marvin.wake.ast.features import FeatureStream
from marvin.wake.ast.forward import Forward
from tests.paths import SAMPLES, WAKE_MODELS
from tests.wake.checkpoints import write_checkpoint

SHIPPED = WAKE_MODELS / "marvin"

SMALL: dict[str, object] = {
    "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 48,
    "max_length": 60, "num_mel_bins": 40,
}  # fmt: skip
SHAPES: Mapping[str, Mapping[str, object]] = {
    "published": {},
    "without bias": {"qkv_bias": False},
    "patches side by side": {"time_stride": 16, "frequency_stride": 16},
    "patches that overlap in one direction": {"time_stride": 3, "frequency_stride": 16},
    "one layer, many heads": {"num_hidden_layers": 1, "num_attention_heads": 8},
    "wide perceptron": {"intermediate_size": 2048},
}


def _windows(architecture: Architecture) -> NDArray[np.float32]:
    random = np.random.default_rng(3)
    shape = (4, architecture.max_length, architecture.num_mel_bins)
    windows = random.standard_normal(shape, np.float32)
    # As loud, as quiet, and as empty as features can be.
    windows[1] *= 5
    windows[2] *= 1e-3
    windows[3] = 0.9
    return windows


def _logits(folder: Path, windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """From transformers."""
    import torch
    from transformers import ASTForAudioClassification

    model = ASTForAudioClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        logits: NDArray[np.float32] = model(torch.from_numpy(windows)).logits.numpy()
    return logits


def _architecture(folder: Path) -> Architecture:
    return Architecture.model_validate_json((folder / "config.json").read_bytes())


@pytest.mark.parametrize("name", ["shipped", *SHAPES])
def test_logits_match_transformers(tmp_path: Path, name: str) -> None:
    folder = SHIPPED
    if name != "shipped":
        folder = write_checkpoint(tmp_path, shape=SMALL | dict(SHAPES[name]))
    windows = _windows(_architecture(folder))
    theirs = _logits(folder, windows)
    forward = load_checkpoint(str(folder), "marvin").forward
    ours = np.stack([forward(window) for window in windows])
    assert theirs.std() > 0.01, "identical logits would prove nothing"
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_scores_of_speech_match_transformers(features: NDArray[np.float32]) -> None:
    forward = load_checkpoint("marvin", "marvin").forward
    theirs = _logits(SHIPPED, features)
    ours = np.stack([forward(window) for window in features])
    assert np.ptp(theirs[:, 1] - theirs[:, 0]) > 5, "some with the word, some without"
    np.testing.assert_allclose(ours, theirs, atol=5e-5)


@pytest.fixture
def features() -> NDArray[np.float32]:
    """Windows of a recording, with and without the wake word."""
    soundfile = pytest.importorskip("soundfile")
    path = SAMPLES / "what_time_is_it.wav"
    samples, _ = soundfile.read(path, dtype="int16")
    stream = FeatureStream(load_settings("marvin"), 19_200)
    windows = []
    for hop in np.split(to_float32(samples), range(1_600, len(samples), 1_600)):
        stream.push(hop)
        windows.append(stream.features().copy())
    return np.stack(windows)


def test_tensor_of_another_shape_is_named() -> None:
    architecture = _architecture(SHIPPED).model_copy(update={"intermediate_size": 400})
    with (
        safe_open(SHIPPED / "model.safetensors", framework="numpy") as file,
        pytest.raises(ValueError, match=r"intermediate\.dense\.weight has the shape \(384, 128\)"),
    ):
        Forward(architecture, file.get_tensor)
