"""Pickles from the Hub: weights become safetensors, programs are refused."""

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from marvin.errors import DownloadError
from marvin.hub import converting
from marvin.hub.converting import to_safetensors
from tests.hub.contents import TINY
from tests.hub.fake_hub import Repository
from tests.hub.machine import Machine

torch = pytest.importorskip("torch")

NAME = "owner/name"


class Program:
    """What a malicious file does when loaded."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.target,)


def pickled(value: object, *, legacy: bool = False) -> bytes:
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=not legacy)
    return file.getvalue()


def whisper(folder: Path) -> Any:
    """A tiny Whisper whose output layer shares the weights of its embedding."""
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(1)
    config = WhisperConfig(
        vocab_size=32,
        d_model=8,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=8,
        decoder_ffn_dim=8,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    config.save_pretrained(folder)
    return WhisperForConditionalGeneration(config)


@pytest.mark.parametrize("legacy", [False, True])
def test_checkpoint_with_shared_weights_loads_as_before(tmp_path: Path, legacy: bool) -> None:
    from transformers import WhisperForConditionalGeneration

    model = whisper(tmp_path)
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(pickled(model.state_dict(), legacy=legacy))
    to_safetensors([path], tmp_path, NAME)
    path.unlink()
    loaded, report = WhisperForConditionalGeneration.from_pretrained(
        tmp_path, use_safetensors=True, output_loading_info=True
    )
    assert not report["missing_keys"]
    for (name, before), (_, after) in zip(
        model.state_dict().items(), loaded.state_dict().items(), strict=True
    ):
        assert torch.equal(before, after), name


def test_large_weights_are_sharded_with_an_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converting, "_SHARD", "1KB")
    first, second = tmp_path / "a.bin", tmp_path / "b.bin"
    first.write_bytes(pickled({"a": torch.arange(200.0)}))
    second.write_bytes(pickled({"b": torch.arange(300.0)}))
    to_safetensors([first, second], tmp_path, NAME)
    assert (tmp_path / "model.safetensors.index.json").exists()
    found: dict[str, int] = {}
    for part in tmp_path.glob("model-*.safetensors"):
        with safe_open(part, framework="numpy") as file:
            found |= {key: file.get_tensor(key).size for key in file.keys()}  # noqa: SIM118
    assert found == {"a": 200, "b": 300}


def test_pickle_with_a_program_is_refused_and_not_run(tmp_path: Path) -> None:
    target = tmp_path / "was-run"
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(pickled({"w": Program(target)}))
    with pytest.raises(DownloadError, match="a pickle that contains code"):
        to_safetensors([path], tmp_path, NAME)
    path.write_bytes(pickle.dumps(Program(target)))
    with pytest.raises(DownloadError, match=NAME):
        to_safetensors([path], tmp_path, NAME)
    assert not target.exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "cannot be read"),
        (b"<!doctype html><title>Sign in</title>", NAME),
        (pickled([torch.zeros(1)]), "something other than weights"),
        (pickled({"epoch": 3}), "something other than weights"),
        (pickled({"w": torch.zeros(99)})[:300], NAME),
    ],
)
def test_pickle_without_weights_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(content)
    with pytest.raises(DownloadError, match=says):
        to_safetensors([path], tmp_path, NAME)


def test_conversion_keeps_what_other_downloads_left(machine: Machine) -> None:
    repository = {"config.json": b"{}", "pytorch_model.bin": pickled({"w": torch.arange(3.0)})}
    machine.hub.repositories[TINY] = Repository([repository])
    kept = machine.home / "data" / "marvin" / "fetching" / "packages" / "other.whl"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"archive")
    assert machine.marvin("models", "pull", TINY).returncode == 0
    files = [path for path in kept.parents[1].rglob("*") if path.is_file()]
    assert files == [kept]


def test_model_with_only_pickles_is_fetched_as_safetensors(machine: Machine) -> None:
    repository = machine.hub.repositories[TINY] = Repository(
        [
            {
                "config.json": b"{}",
                "speaker_embeddings/v2/en_speaker_6.npy": b"voice",
                "pytorch_model.bin": pickled({"w": torch.arange(3.0)}),
            }
        ]
    )
    done = machine.marvin("models", "pull", TINY)
    assert (done.returncode, done.stderr) == (0, "")
    own = machine.own(TINY)
    assert np.array_equal(load_file(own / "model.safetensors")["w"], [0.0, 1.0, 2.0])
    files = {str(path.relative_to(own)) for path in own.rglob("*") if path.is_file()}
    assert files == {
        "config.json",
        "model.safetensors",
        "speaker_embeddings/v2/en_speaker_6.npy",
    }
    assert not (machine.home / "data" / "marvin" / "fetching").exists()
    assert list(machine.cache(TINY).rglob("*.bin")) == []
    assert machine.marvin("models", "check").returncode == 0
    # It is converted again only if one of its files is lost.
    repository.commits.append(dict(repository.commits[0]))
    assert machine.marvin("models", "pull", TINY).stdout == f"{TINY}: already downloaded\n"
    (own / "model.safetensors").unlink()
    assert machine.marvin("models", "pull", TINY).returncode == 0
    assert (own / "model.safetensors").exists()


def test_model_with_a_program_leaves_nothing_behind(machine: Machine) -> None:
    target = machine.home / "was-run"
    machine.hub.repositories[TINY] = Repository(
        [{"config.json": b"{}", "pytorch_model.bin": pickled({"w": Program(target)})}]
    )
    done = machine.marvin("models", "pull", TINY)
    assert done.returncode == 1
    assert "a pickle that contains code, which Marvin does not run" in done.stderr
    assert not target.exists()
    assert not machine.own(TINY).exists()
    assert not (machine.home / "data" / "marvin" / "fetching").exists()
    assert machine.pins == {}
