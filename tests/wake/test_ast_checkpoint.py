"""Checkpoints load, or the message says what is wrong with them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from marvin.config.wake import AstConfig
from marvin.errors import ModelLoadError
from marvin.types import AudioChunk
from marvin.wake.ast.ast_classifier import AstWakeWordDetector
from tests.wake.checkpoints import WORDS, write_checkpoint

HUB_ID = "MIT/ast-finetuned-speech-commands-v2"


def _config(model: Path | str, label: str = "marvin") -> AstConfig:
    return AstConfig(
        model=str(model), label=label, window_samples=16_000, smoothing=1, verify=False
    )


def _say_anything(detector: AstWakeWordDetector) -> list[str]:
    noise = np.random.default_rng(2).standard_normal(16_000).astype(np.float32) * 0.1
    chunks = [AudioChunk(noise[i : i + 640], start=i) for i in range(0, 16_000, 640)]
    found = [detector.process(chunk, voice=True) for chunk in chunks]
    return [detection.phrase for detection in found if detection is not None]


@pytest.mark.parametrize("label", ["marvin", "sheila"])
def test_published_configuration_loads_and_has_its_labels(tmp_path: Path, label: str) -> None:
    write_checkpoint(tmp_path, favourite="sheila")
    detector = AstWakeWordDetector.load(_config(tmp_path, label))
    heard = _say_anything(detector)
    assert heard == (["sheila"] if label == "sheila" else [])
    assert (detector.last_score > 0.9) == (label == "sheila")


def test_single_logit_is_a_probability(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, ["computer"], favourite="computer")
    detector = AstWakeWordDetector.load(_config(tmp_path, "computer"))
    assert _say_anything(detector) == ["computer"]
    # A softmax over one logit would be 1 whatever was heard.
    assert 0.99 < detector.last_score < 1.0


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_weights_of_any_precision_score_alike(tmp_path: Path, dtype: str) -> None:
    import torch

    write_checkpoint(tmp_path)
    weights = tmp_path / "model.safetensors"
    scores = []
    for precision in ("float32", dtype):
        as_it_is = load_file(weights)
        save_file(
            {key: one.to(getattr(torch, precision)) for key, one in as_it_is.items()}, weights
        )
        detector = AstWakeWordDetector.load(_config(tmp_path))
        _say_anything(detector)
        scores.append(detector.last_score)
    assert scores[1] == pytest.approx(scores[0], abs=0.02)


def test_unknown_label_lists_the_available_ones(tmp_path: Path) -> None:
    write_checkpoint(tmp_path)
    with pytest.raises(ModelLoadError) as failure:
        AstWakeWordDetector.load(_config(tmp_path, "marvi"))
    message = str(failure.value)
    assert "wake.label = 'marvi'" in message
    assert "did you mean 'marvin'?" in message
    assert ", ".join(WORDS) in message


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="there is no such folder"):
        AstWakeWordDetector.load(_config(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("preprocessor_config.json", None, "cannot load preprocessor_config.json"),
        ("preprocessor_config.json", '{"mean": "x"}', "mean is 'x', not a number"),
        ("preprocessor_config.json", '{"num_mel_bins": 64}', "128 frames of 128 mel bins"),
        ("config.json", None, "cannot load config.json"),
        ("config.json", "{", "cannot load config.json"),
        ("config.json", '{"model_type": "whisper"}', "but whisper"),
        ("config.json", "[]", "cannot load config.json"),
        (
            "config.json",
            '{"model_type": "audio-spectrogram-transformer", "hidden_act": "relu"}',
            "config.json: hidden_act: Input should be 'gelu'",
        ),
        (
            "config.json",
            '{"model_type": "audio-spectrogram-transformer", "patch_size": 0}',
            "config.json: patch_size: Input should be greater than 0",
        ),
        (
            "config.json",
            '{"model_type": "audio-spectrogram-transformer", "num_attention_heads": 5}',
            "config.json: Value error, hidden_size is not a multiple of num_attention_heads",
        ),
        (
            "config.json",
            '{"model_type": "audio-spectrogram-transformer", "id2label": {"1": "marvin"}}',
            "id2label does not count from 0",
        ),
        (
            "config.json",
            '{"model_type": "audio-spectrogram-transformer", "patch_size": 200}',
            "a patch is larger than the window",
        ),
        ("model.safetensors", None, "cannot load model.safetensors"),
        ("model.safetensors", "torn", "cannot load model.safetensors"),
    ],
)
def test_broken_folder_says_what_is_broken(
    tmp_path: Path, file: str, content: str | None, message: str
) -> None:
    write_checkpoint(tmp_path)
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(content)
    with pytest.raises(ModelLoadError, match=message):
        AstWakeWordDetector.load(_config(tmp_path))


def test_weights_of_another_size_are_refused(tmp_path: Path) -> None:
    write_checkpoint(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["hidden_size"] = 32
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelLoadError, match=r"cannot load model.safetensors.* has the shape"):
        AstWakeWordDetector.load(_config(tmp_path))


@pytest.mark.parametrize("dtype", ["bfloat16", "int8"])
def test_weights_of_unsupported_dtype_are_refused_with_advice(tmp_path: Path, dtype: str) -> None:
    import torch

    write_checkpoint(tmp_path)
    weights = tmp_path / "model.safetensors"
    number = getattr(torch, dtype)
    save_file({key: one.to(number) for key, one in load_file(weights).items()}, weights)
    said = rf"cannot load model\.safetensors.*{dtype}.*save its weights as float32"
    with pytest.raises(ModelLoadError, match=said):
        AstWakeWordDetector.load(_config(tmp_path))


def test_damaged_weights_are_refused_instead_of_never_waking(tmp_path: Path) -> None:
    write_checkpoint(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    weights["classifier.dense.bias"][0] = float("nan")
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(ModelLoadError, match=r"classifier\.dense\.bias contains NaN"):
        AstWakeWordDetector.load(_config(tmp_path))


def test_missing_weights_are_named(tmp_path: Path) -> None:
    write_checkpoint(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["classifier.dense.bias"]
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(ModelLoadError, match=r"classifier\.dense\.bias"):
        AstWakeWordDetector.load(_config(tmp_path))


def test_hub_model_without_a_network_says_how_to_fetch_it(tmp_path: Path) -> None:
    code = (
        "from marvin.config.wake import AstConfig\n"
        "from marvin.errors import ModelLoadError\n"
        "from marvin.wake.ast.ast_classifier import AstWakeWordDetector\n"
        "try:\n"
        f"    AstWakeWordDetector.load(AstConfig(model={HUB_ID!r}))\n"
        "except ModelLoadError as error:\n"
        "    print(error)\n"
    )
    # In a separate process, because the Hub's client reads the variable on import.
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, env=environment, timeout=300, check=True,
    )  # fmt: skip
    assert f"wake.model = '{HUB_ID}'" in done.stdout
    assert f"marvin models pull {HUB_ID}" in done.stdout
    assert 'model = "marvin"' in done.stdout


def test_fetched_hub_model_needs_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / f"models--{HUB_ID.replace('/', '--')}"
    commit = "0123456789" * 4
    write_checkpoint(repository / "snapshots" / commit, favourite="marvin")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    detector = AstWakeWordDetector.load(AstConfig(model=HUB_ID))
    _say_anything(detector)
    assert detector.last_score > 0.9


def test_pickle_is_not_loaded(tmp_path: Path) -> None:
    import torch

    write_checkpoint(tmp_path)
    weights = tmp_path / "model.safetensors"
    torch.save(load_file(weights), tmp_path / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(ModelLoadError, match=r"cannot load model\.safetensors"):
        AstWakeWordDetector.load(_config(tmp_path))
