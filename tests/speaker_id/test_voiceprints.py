"""What is stored of a voice, and what happens to damaged files."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from marvin.errors import EnrolmentError
from marvin.speaker_id.voiceprints import Voiceprint, Voiceprints, checked_name

ANNA = Voiceprint("Anna", "spectrum", (0.6, 0.8))
BEN = Voiceprint("Ben", "spectrum", (1.0, 0.0), 0.4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    voiceprints = Voiceprints(tmp_path / "voices")
    voiceprints.save(ANNA)
    voiceprints.save(BEN)
    return tmp_path / "voices"


def test_only_the_user_may_read_what_is_stored(folder: Path) -> None:
    assert Voiceprints(folder).known() == (ANNA, BEN)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["anna.json", "ben.json"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert set(json.loads(files[0].read_text())) == {"name", "model", "embedding", "volume"}


def test_removed_voice_leaves_nothing(folder: Path) -> None:
    voiceprints = Voiceprints(folder)
    voiceprints.remove("ANNA")
    assert voiceprints.known() == (BEN,)
    assert [file.name for file in folder.iterdir()] == ["ben.json"]
    with pytest.raises(EnrolmentError, match="no voice of 'ANNA' is enrolled; there are Ben"):
        voiceprints.remove("ANNA")


def test_changes_by_another_process_are_seen(folder: Path) -> None:
    running, other = Voiceprints(folder), Voiceprints(folder)
    assert running.known() == (ANNA, BEN)
    other.save(replace(ANNA, volume=0.2))
    other.remove("Ben")
    assert running.known() == (replace(ANNA, volume=0.2),)


def test_nobody_is_enrolled(tmp_path: Path) -> None:
    voiceprints = Voiceprints(tmp_path / "voices")
    assert voiceprints.known() == ()
    with pytest.raises(EnrolmentError, match="nobody is enrolled"):
        voiceprints.named("Anna")
    assert not (tmp_path / "voices").exists()


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[1, 2]", '{"name": "Anna"}', "\x00\x01",
        '{"name": "Anna", "model": "m", "volume": null, "embedding": "none"}',
        '{"name": "Anna", "model": "m", "volume": null, "embedding": [5.0, 1.0]}',
        '{"name": "Anna", "model": "m", "volume": null, "embedding": [NaN, 1.0]}',
        '{"name": "Anna", "model": "m", "volume": 7, "embedding": [0.6, 0.8]}',
        '{"name": "../anna", "model": "m", "volume": null, "embedding": [0.6, 0.8]}',
        '{"name": ["Anna"], "model": "m", "volume": null, "embedding": [0.6, 0.8]}',
    ],
)  # fmt: skip
def test_damaged_file_costs_one_voice(folder: Path, text: str) -> None:
    (folder / "anna.json").write_text(text)
    voiceprints = Voiceprints(folder)
    assert voiceprints.known() == (BEN,)
    assert len(voiceprints.problems) == 1
    assert "anna.json is no enrolled voice" in voiceprints.problems[0]
    voiceprints.remove("Anna")
    assert voiceprints.known() == (BEN,)
    assert not voiceprints.problems


def test_folder_in_place_of_a_file(folder: Path) -> None:
    (folder / "carl.json").mkdir()
    assert Voiceprints(folder).known() == (ANNA, BEN)


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "voices").write_text("")
    with pytest.raises(EnrolmentError, match="cannot be written"):
        Voiceprints(tmp_path / "voices").save(ANNA)


@pytest.mark.parametrize("name", ["Anna", "Zoë", "José María", "O'Neill", "अनिता", "小明", "R2"])
def test_names(tmp_path: Path, name: str) -> None:
    voiceprints = Voiceprints(tmp_path)
    voiceprints.save(replace(ANNA, name=checked_name(f"  {name} ")))
    assert [one.name for one in voiceprints.known()] == [name]
    assert voiceprints.named(name.upper()).name == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "../anna", "/etc/passwd", "-rf", ".x", "a\x1b[31m", "a\nb/c", "A" * 41, "😀", "a:b"],
)
def test_names_that_cannot_be_spoken_or_stored(name: str) -> None:
    with pytest.raises(EnrolmentError, match="cannot be a name"):
        checked_name(name)
