"""Where a training keeps its files, and what it does not overwrite."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from marvin.workshop.wake_train.places import (
    Places,
    cache_folder,
    check_cache,
    check_out,
    check_room,
    places,
    share_spoken,
    unfinished_others,
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def at(tmp_path: Path, key: str = "1234567890") -> Places:
    return places("hey computer", tmp_path / "model", "abcdefabcd", key)


def model_in(folder: Path, weights: bytes = b"weights") -> None:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(weights)


def test_cache_is_in_the_user_s_and_the_model_folder_has_the_phrase_s_name() -> None:
    here = places("hey computer", None, "abc", "def")
    assert here.cache == cache_folder() / "hey-computer-abc"
    assert here.training.parent == here.cache
    assert here.out == Path("hey-computer")


def test_relative_cache_home_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path.home() / ".cache" / "marvin" / "wake"


def test_new_or_empty_folder_is_accepted(tmp_path: Path) -> None:
    assert check_out(at(tmp_path), fresh=False) is None
    (tmp_path / "model").mkdir()
    assert check_out(at(tmp_path), fresh=False) is None


def test_file_or_folder_with_other_content_is_not_touched(tmp_path: Path) -> None:
    out = tmp_path / "model"
    out.write_text("a letter")
    assert "is a file" in str(check_out(at(tmp_path), fresh=True))
    out.unlink()
    out.mkdir()
    (out / "letter.txt").write_text("dear")
    assert "contains no model" in str(check_out(at(tmp_path), fresh=True))


def test_existing_model_is_replaced_only_on_request(tmp_path: Path) -> None:
    model_in(tmp_path / "model")
    assert "--fresh" in str(check_out(at(tmp_path), fresh=False))
    assert check_out(at(tmp_path), fresh=True) is None


def test_training_that_may_replace_a_model_can_resume(tmp_path: Path) -> None:
    model_in(tmp_path / "model")
    at(tmp_path).begin()
    assert check_out(at(tmp_path), fresh=False) is None
    assert check_out(at(tmp_path, "another000"), fresh=False) is not None


def test_finished_training_recognises_its_model(tmp_path: Path) -> None:
    here = at(tmp_path)
    here.begin()
    here.state.write_bytes(b"state")
    model_in(here.out)
    here.finish(0.6, {"worth": "good"})
    assert here.threshold == 0.6
    assert here.verdict["worth"] == "good"
    assert here.finished
    assert not here.begun
    assert not here.state.exists()
    model_in(here.out, b"other weights")
    assert not here.finished


def test_unfinished_trainings_with_other_settings_are_named(tmp_path: Path) -> None:
    other = at(tmp_path, "another000")
    other.begin()
    assert unfinished_others(at(tmp_path)) == []
    other.state.write_bytes(b"state")
    assert unfinished_others(at(tmp_path)) == [other.training]
    assert unfinished_others(other) == []


def test_cache_that_cannot_be_made_is_named_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check_cache(at(tmp_path)) is None
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    problem = str(check_cache(at(tmp_path)))
    assert f"{tmp_path / 'file'} is not a folder" in problem
    assert "set XDG_CACHE_HOME" in problem
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/self")
    assert "/proc/self" in str(check_cache(at(tmp_path)))


def test_cached_speech_is_not_synthesised_again(tmp_path: Path) -> None:
    here = at(tmp_path)
    assert share_spoken(here, 100) == 0.0
    here.cache.mkdir(parents=True)
    (here.cache / "real-0.npz").write_bytes(bytes(9_000_000))
    (here.cache / "speech-0.npz").write_bytes(bytes(2_500_000))
    assert share_spoken(here, 100) == 0.5
    assert share_spoken(here, 10) == 1.0


class Usage(NamedTuple):
    """As from `shutil.disk_usage`."""

    total: int
    used: int
    free: int


def test_disk_with_too_little_room_is_named_with_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 0, 500_000_000))
    (problem,) = check_room(at(tmp_path), 15_000)
    assert "the training needs" in problem
    assert "only 500 MB is free" in problem
    assert check_room(at(tmp_path), 1_000) == []
