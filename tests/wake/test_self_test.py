"""A wake word model that could never wake is refused on loading."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from marvin.config.wake import AstConfig
from marvin.errors import ModelLoadError
from marvin.wake.ast.ast_classifier import AstWakeWordDetector
from tests.paths import WAKE_MODELS

SHIPPED = WAKE_MODELS / "marvin"
Spoil = Callable[[str, NDArray[np.float32]], NDArray[np.float32]]


def only(part: str) -> Spoil:
    """Zeros in the weights whose name contains this."""
    return lambda name, values: np.zeros_like(values) if part in name else values


def written(
    folder: Path,
    changes: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
    *,
    spoil: Spoil | None = None,
) -> str:
    folder.mkdir()
    for file in SHIPPED.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    for name, values in changes.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | dict(values)))
    if spoil is not None:
        weights = load_file(SHIPPED / "model.safetensors")
        spoilt = {name: spoil(name, values) for name, values in weights.items()}
        save_file(spoilt, folder / "model.safetensors")
    return str(folder)


def load(model: str) -> AstWakeWordDetector:
    return AstWakeWordDetector.load(AstConfig(model=model, verify=False))


@pytest.mark.parametrize(
    "spoil",
    [only(""), only("classifier.dense.weight"), only("classifier.layernorm.weight"),
     only("patch_embeddings.projection.weight"), only("audio_spectrogram_transformer.layernorm"),
     lambda name, values: values * np.float32(1e-30),
     lambda name, values: values * np.float32(1e30)],
    ids=["all", "head", "norm", "patches", "last norm", "tiny", "huge"],
)  # fmt: skip
def test_weights_that_ignore_the_sound_are_refused(spoil: Spoil, tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match=r"would never wake|contains NaN"):
        load(written(tmp_path / "model", spoil=spoil))


@pytest.mark.parametrize(
    "changes",
    [{"config": {"layer_norm_eps": float("nan")}}, {"config": {"layer_norm_eps": float("inf")}},
     {"config": {"layer_norm_eps": 1e30}}, {"config": {"layer_norm_eps": -1e9}},
     {"preprocessor_config": {"std": 1e-40}}, {"preprocessor_config": {"std": 1e38}},
     {"preprocessor_config": {"mean": 1e38}}],
    ids=str,
)  # fmt: skip
def test_settings_that_ignore_the_sound_are_refused(
    changes: dict[str, dict[str, object]], tmp_path: Path
) -> None:
    with pytest.raises(ModelLoadError, match="would never wake"):
        load(written(tmp_path / "model", changes))


def test_copy_of_the_shipped_model_is_accepted(tmp_path: Path) -> None:
    assert load(written(tmp_path / "model")).last_score == 0.0
