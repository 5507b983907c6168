"""Clips are saved in the format of the training, and never overwrite one another."""

import wave
from pathlib import Path

import numpy as np
import pytest

from marvin.errors import AudioFileError
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk
from marvin.workshop.test_mic.clips import Clips
from tests.workshop.mic.observations import CHUNK_S


def feed(clips: Clips, seconds: float, start: int = 0) -> int:
    """A ramp, so that each sample shows its position; returns the end."""
    for _ in range(round(seconds / CHUNK_S)):
        ramp = np.arange(start, start + CHUNK_SAMPLES) / (20 * RATE_HZ)
        clips.process(AudioChunk(ramp.astype(np.float32), start=start))
        start += CHUNK_SAMPLES
    return start


def read(path: Path) -> tuple[tuple[int, int, int], "np.ndarray[tuple[int], np.dtype[np.int16]]"]:
    with wave.open(str(path)) as file:
        form = (file.getframerate(), file.getnchannels(), file.getsampwidth())
        return form, np.frombuffer(file.readframes(file.getnframes()), "<i2")


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.wav"))


def test_clip_is_two_seconds_around_the_word(tmp_path: Path) -> None:
    clips = Clips(tmp_path)
    clips.check()
    at = feed(clips, 5.0)
    clips.keep("wake", 0.831, 4 * RATE_HZ, 5 * RATE_HZ)
    assert names(tmp_path) == [], "its end has not arrived yet"
    feed(clips, 1.0, at)
    assert names(tmp_path) == ["said/wake-0001-score0.83.wav"]
    form, samples = read(tmp_path / "said/wake-0001-score0.83.wav")
    assert (form, len(samples)) == ((RATE_HZ, 1, 2), 2 * RATE_HZ)
    assert samples[0] / 32767 * 20 == pytest.approx(3.5, abs=0.01)


def test_numbers_continue_after_existing_clips(tmp_path: Path) -> None:
    for _ in range(2):
        clips = Clips(tmp_path)
        clips.check()
        feed(clips, 3.0)
        clips.keep("wake", 0.5, RATE_HZ, RATE_HZ)
        clips.keep("near", 0.4, RATE_HZ, RATE_HZ)
        clips.begin_room()
        feed(clips, 1.0, 3 * RATE_HZ)
        clips.finish()
    assert names(tmp_path) == [
        "near/near-0001-score0.40.wav",
        "near/near-0002-score0.40.wav",
        "room/room-0001.wav",
        "room/room-0002.wav",
        "said/wake-0001-score0.50.wav",
        "said/wake-0002-score0.50.wav",
    ]
    assert len(read(tmp_path / "room/room-0002.wav")[1]) == RATE_HZ


def test_pending_clips_are_kept_as_far_as_they_go_at_the_end(tmp_path: Path) -> None:
    clips = Clips(tmp_path)
    clips.check()
    clips.keep("wake", 0.9, feed(clips, 1.0), RATE_HZ)
    clips.finish()
    assert len(read(tmp_path / "said/wake-0001-score0.90.wav")[1]) == RATE_HZ


def test_clip_of_lost_or_forgotten_audio_is_not_written(tmp_path: Path) -> None:
    clips = Clips(tmp_path)
    clips.check()
    clips.keep("wake", 0.9, 0, RATE_HZ)
    clips.finish()
    at = feed(clips, 20.0)
    clips.keep("wake", 0.8, RATE_HZ, 2 * RATE_HZ)
    after = feed(clips, 2.0, at + 9 * RATE_HZ)
    clips.keep("near", 0.4, at + 4 * RATE_HZ, at + 5 * RATE_HZ)
    clips.finish()
    assert names(tmp_path) == []
    assert clips.kept == {"wake": 0, "near": 0, "room": 0}
    assert not clips.any_said
    clips.keep("wake", 0.7, after - RATE_HZ, after)
    clips.finish()
    assert Clips(tmp_path).any_said, "an earlier word counts too"


def test_impossible_folder_is_an_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AudioFileError, match=r"--record .*Not a directory"):
        Clips(tmp_path / "file" / "clips").check()
