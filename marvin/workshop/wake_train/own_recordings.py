"""Checks the user's recordings of the phrase."""

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
"""Minimum number of recordings."""
_SHORTEST_S, _LONGEST_S = 0.2, 4.0
_LONG_FILE_S = 60.0
_AROUND_S = 1.0
"""Room sound kept before and after the phrase."""
_FRAME = RATE_HZ // 100
_PAUSE_S = 0.4
"""A longer silence separates two pieces of speech."""
_CLICK_S = 0.08
"""A shorter sound is a click."""
_SILENT_DB, _SPREAD_DB, _BELOW_PEAK_DB = -60.0, 8.0, 30.0
_AS_LOUD_DB = 15.0
_FULL_SCALE, _CLIPPED_SHARE = 0.985, 0.03
_KEEP_EVERY = 5


@dataclass(slots=True)
class OwnRecordings:
    """Usable recordings, with problems and warnings."""

    clips: list[Clip] = field(default_factory=list)
    """For training, with the speech from `start` to `end`."""
    kept: list[Clip] = field(default_factory=list)
    """Every fifth recording, for evaluation."""
    problems: list[str] = field(default_factory=list)
    """Reasons that prevent training."""
    warnings: list[str] = field(default_factory=list)
    """Recordings that are skipped or poor, with reasons."""


def read_recordings(folders: Sequence[Path], window_s: float) -> OwnRecordings:
    """`window_s`: length of the model's input."""
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
            read.warnings.append(f"{path} is a copy of {seen[digest].name}: used once")
            continue
        seen[digest] = path
        usable.append(clip)
    if found.files and len(usable) < FEWEST:
        read.problems.append(
            f"{len(usable)} usable recordings of the phrase, but {FEWEST} are needed: say it in "
            "different ways, from where you will use it. `marvin test-mic --calibrate --record "
            "DIR` records them"
        )
        read.problems += unusable
    else:
        read.warnings += [f"{reason} (left out)" for reason in unusable]
    # With five or more, every fifth is held out, because the model may memorise the others.
    read.kept = usable[_KEEP_EVERY - 1 :: _KEEP_EVERY]
    read.clips = [clip for at, clip in enumerate(usable, 1) if at % _KEEP_EVERY]
    return read


def _read(path: Path, window_s: float, read: OwnRecordings) -> Clip:
    """The recording as a clip; adds to the warnings and problems of `read`.

    Raises:
        AudioFileError: The recording is unusable.
    """
    length_s = seconds(path)
    if length_s > _LONG_FILE_S:
        bursts = _bursts(levels_of_file(path))
        error = (
            f"{path} is {length_s / 60:.0f} min long and contains {_pieces(bursts)}: split it into "
            "files with the phrase once in each"
        )
        read.problems.append(error)
        raise AudioFileError(error)
    samples = read_file(path)
    if not len(samples):
        raise AudioFileError(f"{path} is empty")
    levels = _levels(samples)
    if not len(levels) or levels.max() < _SILENT_DB:
        raise AudioFileError(f"{path} is silent: was the right microphone selected?")
    bursts = _bursts(levels)
    if not bursts:
        raise AudioFileError(f"{path} contains no speech above its noise")
    if len(bursts) > 1:
        raise AudioFileError(
            f"{path} contains {_pieces(bursts)}: split it into files with the phrase once in each"
        )
    start, end = (at * _FRAME for at in bursts[0])
    _check_length(path, (end - start) / RATE_HZ, window_s)
    speech = samples[start:end]
    clipped = float((np.abs(speech) >= _FULL_SCALE).mean())
    if clipped > _CLIPPED_SHARE:
        read.warnings.append(
            f"{path} is clipped ({clipped:.0%} of it at full scale): lower the input level"
        )
    first = max(0, start - round(_AROUND_S * RATE_HZ))
    piece = samples[first : end + round(_AROUND_S * RATE_HZ)]
    return Clip(piece, start - first, min(end - first, len(piece)))


def _check_length(path: Path, length_s: float, window_s: float) -> None:
    if length_s < _SHORTEST_S:
        raise AudioFileError(f"{path} has only {length_s:.2f} s of speech")
    if length_s > _LONGEST_S:
        raise AudioFileError(f"{path} has {length_s:.1f} s of speech: trim it to the phrase")
    if length_s > 1.25 * window_s:
        raise AudioFileError(
            f"{path} has {length_s:.1f} s of speech, but the model hears only {window_s:.1f} s at "
            "once: trim it to the phrase, or say it faster"
        )


def _pieces(bursts: Sequence[tuple[int, int]]) -> str:
    fit = sum(_SHORTEST_S <= (end - start) / 100 <= _LONGEST_S for start, end in bursts)
    longer = len(bursts) - fit
    if not bursts:
        return "no clear speech"
    return f"{fit} separate pieces of speech" + (f" and {longer} of another length" * bool(longer))


def levels_of_file(path: Path) -> NDArray[np.float32]:
    """Levels of 10 ms frames in dBFS, without loading the whole file."""
    import soundfile

    with soundfile.SoundFile(path) as file:
        frame = file.samplerate // 100
        blocks = file.blocks(frame * 1000, dtype="float32", always_2d=True)
        return np.concatenate([_levels(block.mean(axis=1), frame) for block in blocks])


def _levels(samples: Samples, frame: int = _FRAME) -> NDArray[np.float32]:
    power = (samples[: len(samples) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1)
    return np.asarray(10 * np.log10(power + 1e-12), np.float32)


def _bursts(levels: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Start and end frame of each piece of speech."""
    if len(levels) < 3:
        return []
    smooth = np.convolve(levels, np.ones(3) / 3, "same")
    peak, floor = float(smooth.max()), float(np.percentile(smooth, 10))
    # A trimmed recording has no room noise to compare with.
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
