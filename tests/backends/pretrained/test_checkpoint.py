"""Faulty checkpoint folders and the messages that the user sees."""

import gc
import json
import shutil
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

from marvin.backends.pretrained.checkpoint import load_model, load_processor
from marvin.backends.pretrained.place import CPU, Place
from marvin.errors import DeviceFailedError, ModelLoadError, ModelMissingError
from marvin.hub.source import Source
from tests.checkpoints.whisper import make_whisper


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_whisper(tmp_path_factory.mktemp("whole"), seconds=2)


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy that the test may damage."""
    return Path(shutil.copytree(whole, tmp_path / "model"))


def load(name: Path | str, place: Place = CPU) -> Any:
    from transformers import WhisperForConditionalGeneration

    return load_model(WhisperForConditionalGeneration, Source("stt.model", str(name)), place)


def change_config(folder: Path, **values: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def make_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def truncate(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def take_layer(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["model.encoder.layers.1.fc1.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json"),
        (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors"),
        (truncate, "cannot be loaded"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b""), "cannot be loaded"),
        (make_pickle, "Its weights are a pickle, which can run any code"),
        (take_layer, "missing weights, for example model.encoder.layers.1.fc1.weight"),
        (lambda folder: change_config(folder, encoder_layers=3), "missing weights"),
        (lambda folder: change_config(folder, d_model=64), "do not match config.json"),
        (
            lambda folder: change_config(folder, model_type="bark"),
            "has model_type 'bark', not 'whisper'",
        ),
        (lambda folder: change_config(folder, model_type=None), "not 'whisper'"),
    ],
    ids=[
        *("no configuration", "no JSON", "no weights", "truncated", "no bytes", "a pickle"),
        *("a weight less", "a layer more", "other shapes", "another kind", "no kind"),
    ],
)
def test_broken_folder_is_reported_in_one_line_with_its_key(
    folder: Path, damage: Callable[[Path], object], said: str
) -> None:
    damage(folder)
    with pytest.raises(ModelLoadError) as caught:
        load(folder)
    message = str(caught.value)
    assert message.startswith(f"stt.model = {str(folder)!r}")
    assert said in message
    assert "\n" not in message


def test_processor_without_its_file_is_an_error(folder: Path) -> None:
    from transformers import WhisperProcessor

    (folder / "processor_config.json").unlink()
    with pytest.raises(ModelLoadError, match=r"stt\.model = "):
        load_processor(WhisperProcessor, Source("stt.model", str(folder)))


def test_model_that_was_never_fetched_says_how_to_fetch_it() -> None:
    with pytest.raises(ModelMissingError) as caught:
        load("openai/whisper-of-the-wind")
    assert "stt.model = 'openai/whisper-of-the-wind' is not on this machine" in str(caught.value)
    assert "`marvin models pull openai/whisper-of-the-wind`" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [("/no/such/folder", "no such folder"), ("tiny en", "neither a folder nor a Hub id")],
)
def test_invalid_model_id_is_an_error(name: str, said: str) -> None:
    with pytest.raises(ModelLoadError, match=said):
        load(name)


def test_two_stages_share_weights_until_both_release_them(whole: Path) -> None:
    first, second = load(whole), load(whole)
    assert second is first
    assert load(whole, Place("cpu", "bfloat16")) is not first
    in_use = weakref.ref(first)
    del first
    gc.collect()
    assert in_use() is second
    del second
    gc.collect()
    assert in_use() is None


@pytest.mark.parametrize(
    ("dtype", "name"), [("float32", "torch.float32"), ("bfloat16", "torch.bfloat16")]
)
def test_weights_get_the_dtype_of_their_placement(whole: Path, dtype: str, name: str) -> None:
    model = load(whole, Place("cpu", dtype))
    assert {str(parameter.dtype) for parameter in model.parameters()} == {name}
    assert not model.training


def test_int8_makes_the_model_smaller(whole: Path) -> None:
    import torch

    model = load(whole, Place("cpu", "int8"))
    linear = [module for module in model.modules() if "Linear" in str(type(module))]
    assert linear
    assert {module.weight.dtype for module in linear} == {torch.int8}


def test_missing_device_is_a_device_failure(whole: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has the device")
    with pytest.raises(DeviceFailedError, match=r"stt\.model = "):
        load(whole, Place("cuda:0"))


def test_running_out_of_memory_while_loading_does_not_blame_the_files(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import WhisperForConditionalGeneration

    def full(*arguments: object, **options: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9")

    monkeypatch.setattr(WhisperForConditionalGeneration, "from_pretrained", full)
    with pytest.raises(DeviceFailedError, match=r"stt\.model = .*: out of memory"):
        load(whole)


def test_unused_weights_are_not_printed(
    folder: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Published checkpoints have some, and transformers prints a table of them."""
    weights = load_file(folder / "model.safetensors")
    weights["model.left.over"] = weights["model.encoder.layers.1.fc1.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    caplog.set_level("INFO", "marvin")
    capfd.readouterr()
    assert load(folder)
    assert capfd.readouterr() == ("", "")
    assert "1 unused weights, for example model.left.over" in caplog.text
