"""The recordings of `wake_words.py`: the word, clean, in noise and in rooms, and negatives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np

from marvin.cli.commands.recording_folders import blocks, excerpt, find_recordings
from marvin.pcm import level_dbfs, to_float32, to_int16
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_eval.rooms import simulated_rooms
from marvin.workshop.wake_eval.speech import in_noise, word_end
from marvin.workshop.wake_eval.stream import QUIET_S, faint_noise
from marvin.workshop.wake_train.room_acoustics import in_room

SNRS_DB = (10.0, 5.0)
ROOMS = "rooms"
ROOMS_SNR_DB = 10.0
ROOMS_IN_NOISE = f"{ROOMS}, {ROOMS_SNR_DB:g} dB"
POSITIVE_GROUPS = ("clean", *(f"{snr_db:g} dB" for snr_db in SNRS_DB), ROOMS, ROOMS_IN_NOISE)
_ROOM_SEED = 1

POSITIVES = {
    "marvin": ("wake/marvin", "wake/marvin_from_stream"),
    "jarvis": ("wake/other/picovoice_jarvis",),
}
NEGATIVES = (
    "negatives/librispeech_251spk", "negatives/mycroft_not_wake_en", "speech-en", "diarization",
    "speech-xx", "noise", "wake/words35", "wake/other", "wake/marvin", "wake/marvin_from_stream",
)  # fmt: skip


@dataclass(frozen=True)
class Recording:
    """A recording on the tape, surrounded by faint noise."""

    group: str
    """One of POSITIVE_GROUPS, or the folder of negatives."""
    path: Path
    start: int
    """First sample on the tape."""
    length: int
    end_s: float
    """End of the word, from the first sample."""

    @property
    def seconds(self) -> float:
        """Length without the surrounding noise."""
        return self.length / RATE_HZ - 2 * QUIET_S


class Tape:
    """All recordings in one file of 16-bit samples, shared by all systems."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "audio.i16"
        self._index = folder / "index.json"
        self.recordings: list[Recording] = []
        self._length = 0

    def add(self, group: str, path: Path, audio: Samples, end_s: float = 0.0) -> None:
        """Append audio including its surrounding noise."""
        with self._path.open("ab") as file:
            file.write(to_int16(audio).tobytes())
        self.recordings.append(Recording(group, path, self._length, len(audio), end_s))
        self._length += len(audio)
        self._index.write_text(json.dumps([(r.start, r.length) for r in self.recordings]))

    def read(self, recording: Recording) -> Samples:
        samples = np.memmap(self._path, np.int16, "r")
        return to_float32(samples[recording.start :][: recording.length])


def record(tape: Tape, data: Path, word: str) -> None:
    """Add positives, clean, in noise and in simulated rooms, then negatives."""
    random = np.random.default_rng(1)
    noise = find_recordings([data / "noise"], "--data")
    rooms = simulated_rooms(_ROOM_SEED)
    positives = find_recordings([data / place for place in POSITIVES[word]], "--data")
    for path, room in zip(positives, cycle(rooms), strict=False):
        clip = np.concatenate(list(blocks(path)))
        end_s = QUIET_S + word_end(clip) / RATE_HZ
        tape.add("clean", path, with_quiet(clip), end_s)
        around = noise_for(noise, len(clip) + round(2 * QUIET_S * RATE_HZ), random)
        for snr_db in SNRS_DB:
            tape.add(f"{snr_db:g} dB", path, in_noise(clip, around, snr_db), end_s)
        heard = in_room(clip, room)
        tape.add(ROOMS, path, with_quiet(heard), end_s)
        around = noise_for(noise, len(heard) + round(2 * QUIET_S * RATE_HZ), random)
        tape.add(ROOMS_IN_NOISE, path, in_noise(heard, around, ROOMS_SNR_DB), end_s)
    wanted = {path.resolve() for path in positives}
    for place in NEGATIVES:
        for path in find_recordings([data / place], "--data"):
            if path.resolve() not in wanted and word not in str(path.relative_to(data)):
                tape.add(place, path, with_quiet(np.concatenate(list(blocks(path)))))


def with_quiet(clip: Samples) -> Samples:
    """The clip surrounded by faint noise."""
    random = np.random.default_rng(0)
    return np.concatenate((faint_noise(QUIET_S, random), clip, faint_noise(QUIET_S, random)))


def noise_for(paths: Sequence[Path], samples: int, random: np.random.Generator) -> Samples:
    """A random part of a random recording that is not silent."""
    while True:
        path = paths[int(random.integers(len(paths)))]
        piece = excerpt(path, float(random.random()), samples)
        if level_dbfs(piece) > -80.0:
            return piece
