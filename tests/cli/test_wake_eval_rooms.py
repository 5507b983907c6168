"""`marvin wake eval --rooms`."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from marvin.cli.main import main
from marvin.types import RATE_HZ, Samples
from tests.paths import SAMPLES
from tests.wake.checkpoints import write_checkpoint

soundfile = pytest.importorskip("soundfile")


pytestmark = pytest.mark.usefixtures("home_of_its_own")


def _noise(seconds: float) -> Samples:
    noise = np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE_HZ))
    return np.asarray(noise, np.float32)


@pytest.fixture
def said(tmp_path: Path) -> Path:
    folder = tmp_path / "said"
    folder.mkdir()
    for number in range(3):
        soundfile.write(folder / f"{number}.wav", _noise(1.0), RATE_HZ)
    return folder


@pytest.fixture
def random_model(tmp_path: Path) -> Path:
    """A model that takes everything for its only word."""
    return write_checkpoint(tmp_path / "random", ["other", "computer"], favourite="computer")


def test_rooms_and_noise_are_reported_beside_the_clean_recordings(
    said: Path, random_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        "wake", "eval", str(random_model), "--set", "verify=false", "--positives", str(said),
        "--negatives", str(SAMPLES / "not_for_me.wav"), "--snr", "10", "--rooms",
    ]  # fmt: skip
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["snr_db"] for one in found["in_noise"]] == [10.0]
    assert [one["snr_db"] for one in found["in_rooms"]] == [None, 10.0]
    assert all(len(one["scores"]) == 3 for one in found["in_rooms"])
    assert main(command) == 0
    out = capsys.readouterr().out
    for name in ("clean", "in noise, 10 dB", "in rooms", "in rooms, 10 dB"):
        assert re.search(rf"^{name} +0 of 3 +0\.0 \(0\.0 - 56\.\d\)", out, re.MULTILINE)
    assert "Rooms: 16 simulated, clarity C50" in out
    assert main([*command, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["in_rooms"] == found["in_rooms"], "rooms and noise are the same each time"


def test_measured_rooms_of_any_kind_are_used_and_bad_ones_named(
    said: Path, tmp_path: Path, random_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = tmp_path / "rooms"
    rooms.mkdir()
    decay = np.exp(-np.arange(2_000) / 300) * _noise(0.125)
    soundfile.write(rooms / "8k.wav", decay, 8_000)
    soundfile.write(rooms / "stereo.wav", np.stack((decay, -decay), axis=1), 48_000)
    (rooms / "broken.wav").write_bytes(b"RIFF")
    soundfile.write(rooms / "nothing.wav", np.zeros(0), RATE_HZ)
    soundfile.write(rooms / "silent.wav", np.zeros(100), RATE_HZ)
    soundfile.write(rooms / "talk.wav", _noise(21.0), RATE_HZ)
    command = [
        "wake", "eval", str(random_model), "--set", "verify=false", "--positives", str(said),
        "--rooms",
    ]  # fmt: skip
    assert main([*command, str(rooms)]) == 0
    out, err = capsys.readouterr()
    assert "Rooms: 2 measured" in out
    assert "4 recordings could not be used" in out
    for problem in (
        "broken.wav", "nothing.wav contains no audio", "silent.wav is silent",
        "talk.wav is longer than 20 s",
    ):  # fmt: skip
        assert f"skipped: {rooms / problem}" in err
    assert main([*command, str(rooms / "nothing.wav")]) == 1
    assert "--rooms: none of the 1 recordings is usable" in capsys.readouterr().err


def test_telephone_and_stereo_recordings_are_heard_in_rooms_and_noise(
    tmp_path: Path, random_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = tmp_path / "said"
    said.mkdir()
    soundfile.write(said / "telephone.wav", _noise(0.5), 8_000)
    soundfile.write(said / "stereo.wav", np.stack((_noise(3.0), _noise(3.0)), axis=1), 48_000)
    soundfile.write(tmp_path / "noise.wav", np.stack((_noise(1.0), _noise(1.0)), axis=1), 8_000)
    soundfile.write(tmp_path / "room.wav", np.ones((1, 2)), 8_000)
    command = [
        "wake", "eval", str(random_model), "--set", "verify=false", "--positives", str(said),
        "--snr", "10", "--noise", str(tmp_path / "noise.wav"), "--rooms",
    ]  # fmt: skip
    assert main([*command, str(tmp_path / "room.wav"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rooms"].startswith("1 measured")
    assert all(len(one["scores"]) == 2 for one in (*found["in_noise"], *found["in_rooms"]))
    assert not found["skipped"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main([*command, str(empty)]) == 1
    assert f"--rooms {empty}: no recordings in this folder" in capsys.readouterr().err
