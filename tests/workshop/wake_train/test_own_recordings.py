"""The user's recordings: how they are used, and what is reported about the rest."""

from pathlib import Path

import numpy as np
import pytest

from marvin.cli.commands.recording_folders import find_recordings
from marvin.errors import AudioFileError
from marvin.types import RATE_HZ
from marvin.workshop.wake_train.audio_files import audio_files, read_file
from marvin.workshop.wake_train.own_recordings import OwnRecordings, read_recordings
from tests.workshop.wake_train.tiny import recording, voice_like, write

WINDOW_S = 1.2


def good(folder: Path, count: int) -> Path:
    for at in range(count):
        write(folder / f"good{at}.wav", recording(0.6, seed=at))
    return folder


def read(folder: Path) -> OwnRecordings:
    return read_recordings([folder], WINDOW_S)


def test_speech_is_found_within_room_noise(tmp_path: Path) -> None:
    found = read(good(tmp_path, 3))
    assert (found.problems, found.warnings) == ([], [])
    assert len(found.clips) == 3
    for clip in found.clips:
        assert 0.4 < (clip.end - clip.start) / RATE_HZ < 0.7
        assert 0.7 < clip.start / RATE_HZ < 1.0
        assert len(clip.samples) > clip.end


def test_any_rate_and_number_of_channels_works(tmp_path: Path) -> None:
    for rate_hz in (8_000, 44_100, 48_000):
        samples = np.repeat(recording(0.6, seed=rate_hz), 3)[:: round(3 * RATE_HZ / rate_hz) or 1]
        write(tmp_path / f"{rate_hz}.wav", np.stack([samples, samples / 2], axis=1), rate_hz)
    found = read(tmp_path)
    assert found.problems == []
    assert len(found.clips) == 3


def test_every_fifth_is_kept_for_evaluation(tmp_path: Path) -> None:
    assert (len(read(good(tmp_path / "four", 4)).kept)) == 0
    five = read(good(tmp_path / "five", 5))
    assert (len(five.clips), len(five.kept)) == (4, 1)
    ten = read(good(tmp_path / "ten", 10))
    assert (len(ten.clips), len(ten.kept)) == (8, 2)


def test_every_useless_recording_is_named_with_its_reason(tmp_path: Path) -> None:
    good(tmp_path, 3)
    (tmp_path / "nothing.wav").touch()
    write(tmp_path / "header.wav", np.zeros(0, np.float32))
    write(tmp_path / "silent.wav", np.zeros(RATE_HZ, np.float32))
    (tmp_path / "text.wav").write_text("this is no audio at all")
    write(
        tmp_path / "noise.wav", np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)
    )
    write(tmp_path / "short.wav", recording(0.15))
    write(tmp_path / "long.wav", recording(5.0))
    write(tmp_path / "slow.wav", recording(2.5))
    write(tmp_path / "twice.wav", recording(0.6, 0.6))
    write(tmp_path / "good9.wav", recording(0.6, seed=2))
    (tmp_path / "phone.m4a").touch()
    (tmp_path / "notes.txt").touch()
    found = read(tmp_path)
    assert found.problems == []
    assert len(found.clips) == 3
    expected = [
        "phone.m4a cannot be read; convert to WAV",
        "good9.wav is a copy of good2.wav",
        "header.wav is empty",
        "long.wav has 4.",
        "noise.wav contains no speech",
        "nothing.wav is empty",
        "short.wav has only 0.1",
        "silent.wav is silent",
        "slow.wav has 2.",
        "text.wav cannot be read",
        "twice.wav contains 2 separate pieces of speech: split it",
    ]
    for message in expected:
        assert [warning for warning in found.warnings if message in warning], message
    assert len(found.warnings) == len(expected)


def test_with_fewer_than_three_usable_ones_there_is_no_training(tmp_path: Path) -> None:
    good(tmp_path, 2)
    write(tmp_path / "silent.wav", np.zeros(RATE_HZ, np.float32))
    found = read(tmp_path)
    assert "2 usable recordings of the phrase, but 3 are needed" in found.problems[0]
    assert "silent.wav is silent" in found.problems[1]


def test_clipped_recording_is_used_but_named(tmp_path: Path) -> None:
    good(tmp_path, 3)
    write(tmp_path / "clipped.wav", np.clip(recording(0.6, seed=9) * 10, -1, 1))
    found = read(tmp_path)
    assert len(found.clips) == 4
    assert "clipped.wav is clipped" in found.warnings[0]


def test_hour_long_file_must_be_cut(tmp_path: Path) -> None:
    good(tmp_path, 4)
    quiet = np.random.default_rng(0).normal(0, 1e-3, 10 * RATE_HZ).astype(np.float32)
    session = np.concatenate([np.concatenate([voice_like(0.7, at), quiet]) for at in range(7)])
    write(tmp_path / "session.wav", session)
    found = read(tmp_path)
    (problem,) = found.problems
    assert found.warnings == []
    assert "session.wav is 1 min long and contains 7 separate pieces of speech: split it" in problem


def test_missing_or_empty_folders_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found = audio_files([tmp_path / "empty", tmp_path / "missing"])
    assert len(found.problems) == 2
    assert "empty: no recordings in it" in found.problems[0]
    assert "missing: no such folder" in found.problems[1]


def test_hidden_files_are_ignored_and_every_readable_kind_is_found(tmp_path: Path) -> None:
    for name in ("a.wav", "b.aiff", "c.OGA", "d.caf", "._a.wav", "e.m4a"):
        (tmp_path / name).touch()
    found = audio_files([tmp_path])
    assert [path.name for path in found.files] == ["a.wav", "b.aiff", "c.OGA", "d.caf"]
    assert found.files == find_recordings([tmp_path], "--positives")
    assert "e.m4a cannot be read" in found.warnings[0]


def test_room_impulse_response_uses_only_the_first_channel(tmp_path: Path) -> None:
    both = np.stack([np.full(100, 0.5), np.zeros(100)], axis=1).astype(np.float32)
    path = write(tmp_path / "room.wav", both)
    assert read_file(path, first_channel=True)[0] == pytest.approx(0.5, abs=1e-3)
    assert read_file(path)[0] == pytest.approx(0.25, abs=1e-3)


def test_vanished_file_is_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match=r"gone\.wav cannot be read"):
        read_file(tmp_path / "gone.wav")
