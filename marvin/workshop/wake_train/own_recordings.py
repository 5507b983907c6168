"""The user's own recordings of the phrase: each is looked at before it teaches anything."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marvin.errors import AudioFileError
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_train.audio_files import audio_files, read_file, seconds
from marvin.workshop.wake_train.corpus import Clip

FEWEST = 3
"""Recordings of the phrase below which they teach nothing."""
_SHORTEST_S, _LONGEST_S = 0.2, 4.0
_LONG_FILE_S = 60.0
_AROUND_S = 1.0
"""What is kept of the room before and after the phrase."""
_FRAME = RATE_HZ // 100
_PAUSE_S = 0.4
"""A longer silence parts two pieces of speech."""
_CLICK_S = 0.08
"""A shorter sound is a click."""
_SILENT_DB, _SPREAD_DB, _BELOW_PEAK_DB = -60.0, 8.0, 30.0
_AS_LOUD_DB = 15.0
_FULL_SCALE, _CLIPPED_SHARE = 0.985, 0.03
_KEEP_EVERY = 5


@dataclass(slots=True)
class OwnRecordings:
    """The user saying the phrase."""

    clips: list[Clip] = field(default_factory=list)
    """To train on; the speech is from `start` to `end`."""
    kept: list[Clip] = field(default_factory=list)
    """Every fifth, to judge by."""
    problems: list[str] = field(default_factory=list)
    """Why there can be no training with them."""
    warnings: list[str] = field(default_factory=list)
    """Those that are left out or poor, and why."""


def read_recordings(folders: Sequence[Path], window_s: float) -> OwnRecordings:
    """`window_s`: what the model hears at a time."""
    found = audio_files(folders)
    read = OwnRecordings(problems=found.problems, warnings=found.warnings)
    if not folders:
        return read
    usable: list[Clip] = []
    unusable: list[str] = []
    seen: dict[bytes, Path] = {}
    for path in found.files:
        try:
            clip = _read(path, window_s, read)
        except AudioFileError as error:
            if str(error) not in read.problems:
                unusable.append(str(error))
            continue
        digest = hashlib.sha256(clip.samples.tobytes()).digest()
        if digest in seen:
            read.warnings.append(f"{path} is the same as {seen[digest].name}: counted once")
            continue
        seen[digest] = path
        usable.append(clip)
    if found.files and len(usable) < FEWEST:
        read.problems.append(
            f"{len(usable)} usable recordings of the phrase, {FEWEST} are needed: say it in "
            "different ways, from where you will say it. `marvin test-mic --calibrate --record "
            "DIR` records them"
        )
        read.problems += unusable
    else:
        read.warnings += [f"{reason} (left out)" for reason in unusable]
    # From five on, every fifth is never trained on: the rest could be learnt by heart.
    read.kept = usable[_KEEP_EVERY - 1 :: _KEEP_EVERY]
    read.clips = [clip for at, clip in enumerate(usable, 1) if at % _KEEP_EVERY]
    return read


def _read(path: Path, window_s: float, read: OwnRecordings) -> Clip:
    """The recording as a clip; adds to the warnings and problems of `read`.

    Raises:
        AudioFileError: It is of no use.
    """
    length_s = seconds(path)
    if length_s > _LONG_FILE_S:
        bursts = _bursts(levels_of_file(path))
        error = (
            f"{path} is {length_s / 60:.0f} min long and holds {_pieces(bursts)}: cut it into "
            "files with the phrase once in each"
        )
        read.problems.append(error)
        raise AudioFileError(error)
    samples = read_file(path)
    if not len(samples):
        raise AudioFileError(f"{path} is empty")
    levels = _levels(samples)
    if not len(levels) or levels.max() < _SILENT_DB:
        raise AudioFileError(f"{path} is silent: was the right microphone on?")
    bursts = _bursts(levels)
    if not bursts:
        raise AudioFileError(f"{path} has no speech in it that stands out from its noise")
    if len(bursts) > 1:
        raise AudioFileError(
            f"{path} holds {_pieces(bursts)}: cut it into files with the phrase once in each"
        )
    start, end = (at * _FRAME for at in bursts[0])
    _check_length(path, (end - start) / RATE_HZ, window_s)
    speech = samples[start:end]
    clipped = float((np.abs(speech) >= _FULL_SCALE).mean())
    if clipped > _CLIPPED_SHARE:
        read.warnings.append(
            f"{path} is clipped ({clipped:.0%} of it at full scale): turn the microphone down"
        )
    first = max(0, start - round(_AROUND_S * RATE_HZ))
    piece = samples[first : end + round(_AROUND_S * RATE_HZ)]
    return Clip(piece, start - first, min(end - first, len(piece)))


def _check_length(path: Path, length_s: float, window_s: float) -> None:
    if length_s < _SHORTEST_S:
        raise AudioFileError(f"{path} has only {length_s:.2f} s of speech")
    if length_s > _LONGEST_S:
        raise AudioFileError(f"{path} has {length_s:.1f} s of speech: cut it to the phrase alone")
    if length_s > 1.25 * window_s:
        raise AudioFileError(
            f"{path} has {length_s:.1f} s of speech, and the model hears {window_s:.1f} s at a "
            "time: cut it to the phrase alone, or say it faster"
        )


def _pieces(bursts: Sequence[tuple[int, int]]) -> str:
    fit = sum(_SHORTEST_S <= (end - start) / 100 <= _LONGEST_S for start, end in bursts)
    longer = len(bursts) - fit
    if not bursts:
        return "no speech that stands out"
    return f"{fit} separate pieces of speech" + (f" and {longer} of another length" * bool(longer))


def levels_of_file(path: Path) -> NDArray[np.float32]:
    """Level of each 10 ms in dB below full scale, without the whole file in memory."""
    import soundfile

    with soundfile.SoundFile(path) as file:
        frame = file.samplerate // 100
        blocks = file.blocks(frame * 1000, dtype="float32", always_2d=True)
        return np.concatenate([_levels(block.mean(axis=1), frame) for block in blocks])


def _levels(samples: Samples, frame: int = _FRAME) -> NDArray[np.float32]:
    power = (samples[: len(samples) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1)
    return np.asarray(10 * np.log10(power + 1e-12), np.float32)


def _bursts(levels: NDArray[np.float32]) -> list[tuple[int, int]]:
    """First frame of each piece of speech and the one after it."""
    if len(levels) < 3:
        return []
    smooth = np.convolve(levels, np.ones(3) / 3, "same")
    peak, floor = float(smooth.max()), float(np.percentile(smooth, 10))
    # A recording that is cut to the word has no room to compare with.
    if peak - floor < _SPREAD_DB and len(levels) > 100 * _PAUSE_S * 4:
        return []
    limit = max(peak - _BELOW_PEAK_DB, min(floor + _SPREAD_DB, peak - _SPREAD_DB))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], smooth > limit, [0]))))
    merged: list[list[int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if merged and start - merged[-1][1] < 100 * _PAUSE_S:
            merged[-1][1] = end
        else:
            merged.append([start, end])
    return [
        (start, end)
        for start, end in merged
        if end - start >= 100 * _CLICK_S and smooth[start:end].max() > peak - _AS_LOUD_DB
    ]
