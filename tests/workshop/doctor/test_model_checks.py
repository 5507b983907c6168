"""Complete, damaged and missing models, and their folder and disk."""

import os
import tempfile
from pathlib import Path

import pytest

from marvin.config.stt import WhisperConfig
from marvin.config.tables import Config
from marvin.hub.pins import Kept, Pin, pins_path, write_pins
from marvin.hub.present import snapshot
from marvin.hub.source import Source
from marvin.workshop.doctor import model_checks as models
from marvin.workshop.doctor.examining import examine
from marvin.workshop.doctor.finding import Finding, Level
from marvin.workshop.doctor.model_checks import (
    cache,
    disk,
    model,
    model_checks,
    nearest,
    unwritable,
)
from marvin.workshop.doctor.patient import Patient
from tests.hub.contents import model as files
from tests.workshop.doctor.described import described

NAME = "openai/whisper-base.en"
COMMIT = "0123456789" * 4
SOURCE = Source("stt.model", NAME)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def fetched() -> Path:
    """The model as `marvin models pull` leaves it."""
    folder = snapshot(NAME, "model", COMMIT)
    folder.mkdir(parents=True)
    kept = {}
    for file in ("config.json", "model.safetensors"):
        content = files()[file]
        (folder / file).write_bytes(content)
        kept[file] = Kept(size=len(content), digest="git:0")
    write_pins({NAME: Pin(commit=COMMIT, files=kept)})
    return folder


def examined(tmp_path: Path, free: int = 50_000_000_000) -> list[Finding]:
    system = described(tmp_path, free_bytes=lambda folder: free)
    return examine([model_checks(Patient(system, Config(stt=WhisperConfig())))])


def test_profile_without_models_needs_only_a_folder_and_a_disk(tmp_path: Path) -> None:
    found = examine([model_checks(Patient(described(tmp_path)))])
    assert [(one.name, one.level) for one in found] == [("cache", Level.OK), ("disk", Level.OK)]


def test_complete_model_passes(tmp_path: Path, fetched: Path) -> None:
    found = examined(tmp_path)
    assert [one.name for one in found] == ["model", "cache", "disk"]
    assert {one.level for one in found} == {Level.OK}
    assert found[0].text == f"{NAME}, 0 MB, commit 01234567"


def test_model_that_was_never_fetched(tmp_path: Path) -> None:
    found = examined(tmp_path)[0]
    assert (found.level, found.cure) == (Level.FAIL, f"marvin models pull {NAME}")
    assert found.text == f"stt.model = '{NAME}' is missing or incomplete"


def test_truncated_model_fails(fetched: Path) -> None:
    path = fetched / "config.json"
    path.write_bytes(path.read_bytes()[:-1])
    assert model(SOURCE).level is Level.FAIL
    assert model(SOURCE).text.endswith("is missing or incomplete")


def test_model_with_nonsense_weights_fails(fetched: Path) -> None:
    path = fetched / "model.safetensors"
    path.write_bytes(bytes(len(path.read_bytes())))
    found = model(SOURCE)
    assert (found.level, found.cure) == (Level.FAIL, f"marvin models pull --repair {NAME}")
    assert "cannot be read" in found.text


def test_model_fetched_by_another_program_passes(fetched: Path) -> None:
    pins_path().unlink()
    (fetched.parent.parent / "refs").mkdir()
    (fetched.parent.parent / "refs" / "main").write_text(COMMIT)
    assert model(SOURCE).text == f"{NAME}, downloaded by another program"


def test_damaged_model_list_is_reported(fetched: Path) -> None:
    pins_path().write_text("{")
    assert (model(SOURCE).level, "is damaged" in model(SOURCE).text) == (Level.FAIL, True)
    assert model(SOURCE).cure == f"rm {pins_path()} && marvin models pull {NAME}"


def test_name_that_is_neither_an_id_nor_a_folder_fails() -> None:
    found = model(Source("stt.model", "not an id"))
    assert (found.level, found.cure) == (Level.FAIL, "marvin config  (the key above)")
    assert "neither a folder nor a Hub id" in found.text


def test_user_s_own_folder_is_checked(tmp_path: Path, fetched: Path) -> None:
    assert model(Source("stt.model", str(fetched))).level is Level.OK
    gone = model(Source("stt.model", str(tmp_path / "gone")))
    assert (gone.level, gone.cure) == (Level.FAIL, "marvin config  (the key above)")
    (tmp_path / "empty").mkdir()
    assert "contains no model.safetensors" in model(Source("stt.model", f"{tmp_path}/empty")).text
    (fetched / "model.safetensors").write_bytes(b"nonsense")
    assert model(Source("stt.model", str(fetched))).cure == "copy the folder again"


def test_unwritable_folder_is_reported(
    tmp_path: Path, fetched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "unwritable", lambda folder: "Permission denied")
    found = cache((SOURCE,))
    assert found.level is Level.WARN, "everything needed is here"
    assert found.text == (
        f"{tmp_path}/cache: cannot be written (Permission denied): models cannot be downloaded"
    )
    assert cache((Source("tts.model", "somebody/missing"),)).level is Level.FAIL


def test_write_access_is_tested(tmp_path: Path) -> None:
    assert unwritable(tmp_path) == ""
    assert unwritable(tmp_path / "not" / "yet") == ""
    assert nearest(tmp_path / "not" / "yet") == tmp_path
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"
    assert unwritable(Path("/proc/self")) != ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_full_disk_that_accepts_only_empty_files_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 - closed by the check
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda dir: full)
    assert unwritable(tmp_path) == "No space left on device"


@pytest.mark.parametrize(
    ("free", "level", "text"),
    [
        (50_000_000_000, Level.OK, "50.0 GB free for models"),
        (600_000_000, Level.WARN, "0.6 GB free for models: low"),
        (100_000_000, Level.FAIL, "0.1 GB free for models, 0.3 GB needed"),
    ],
)
def test_disk_space_for_missing_models(tmp_path: Path, free: int, level: Level, text: str) -> None:
    found = examined(tmp_path, free)[-1]
    assert (found.level, found.text) == (level, text)


def test_incomplete_model_is_missing_only_the_rest(tmp_path: Path, fetched: Path) -> None:
    size = (fetched / "model.safetensors").stat().st_size
    (fetched / "model.safetensors").unlink()
    system = described(tmp_path, free_bytes=lambda folder: size - 1)
    assert disk(system, (SOURCE,)).level is Level.FAIL
