"""Finding models without the network: pinned, fetched by others, in a folder, or missing."""

from pathlib import Path

import pytest

from marvin.errors import ModelLoadError, ModelMissingError
from marvin.hub.pins import Kept, Pin, own_folder, write_pins
from marvin.hub.present import find, snapshot
from marvin.hub.source import Source, is_present, locate
from tests.hub.contents import model

NAME = "owner/name"
OLD, NEW = "0" * 40, "1" * 40


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path


def cache(commit: str, *, main: bool = True) -> Path:
    """A commit as another program would have fetched it."""
    folder = snapshot(NAME, "model", commit)
    folder.mkdir(parents=True)
    for file, content in model().items():
        if "/" not in file:
            (folder / file).write_bytes(content)
    if main:
        (folder.parent.parent / "refs").mkdir(exist_ok=True)
        (folder.parent.parent / "refs" / "main").write_text(commit)
    return folder


def pin(folder: Path, *, converted: bool = False) -> None:
    files = {path.name: Kept(size=path.stat().st_size, digest="git:0") for path in folder.iterdir()}
    write_pins({NAME: Pin(commit=OLD, files=files, converted=converted)})


def test_nothing_is_here() -> None:
    assert find(NAME) is None
    with pytest.raises(ModelMissingError) as raised:
        locate(Source("stt.model", NAME))
    assert str(raised.value) == (
        "stt.model = 'owner/name' is not on this machine, or incomplete. "
        "`marvin models pull owner/name` fetches it; `marvin run --profile embedded` "
        "needs no model"
    )


def test_main_fetched_by_another_program_is_used() -> None:
    folder = cache(NEW)
    assert find(NAME) == folder
    (folder / "model.safetensors").unlink()
    assert find(NAME) is None


def test_pinned_commit_is_preferred_to_a_newer_main_and_a_revision_to_both() -> None:
    old = cache(OLD, main=False)
    pin(old)
    new = cache(NEW)
    assert find(NAME) == old
    assert find(NAME, "main") == old
    assert find(NAME, NEW) == new
    assert find(NAME, "v2") is None
    with pytest.raises(ModelMissingError, match="not on this machine at revision 'v2'"):
        locate(Source("stt.model", NAME, "v2"))


def test_pinned_model_that_lacks_a_file_is_missing() -> None:
    folder = cache(OLD)
    pin(folder)
    (folder / "tokenizer.json").unlink()
    assert find(NAME) is None
    assert not is_present(Source("stt.model", NAME))


def test_converted_model_is_in_marvin_s_own_folder() -> None:
    own = own_folder(NAME)
    own.mkdir(parents=True)
    (own / "model.safetensors").write_bytes(b"weights")
    pin(own, converted=True)
    assert locate(Source("tts.model", NAME)) == own


def test_folder_needs_no_hub(home: Path) -> None:
    assert is_present(Source("stt.model", str(home)))
    assert locate(Source("stt.model", str(home))) == home
    missing = Source("stt.model", str(home / "missing"))
    assert not is_present(missing)
    with pytest.raises(ModelLoadError, match="there is no such folder"):
        locate(missing)


@pytest.mark.parametrize("name", ["not an id", "owner/na me", "owner/"])
def test_name_that_is_neither_a_folder_nor_an_id(name: str) -> None:
    with pytest.raises(ModelLoadError, match="neither a folder nor a Hub id"):
        locate(Source("stt.model", name))


@pytest.mark.parametrize("name", ["a--b", "\ud7ff", "x" * 97])
def test_impossible_repository_name_is_missing(name: str) -> None:
    assert not is_present(Source("stt.model", name))
