"""Finds and reads recordings named on the command line."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from marvin.audio.reader import open_audio, read_blocks
from marvin.audio.resample import Resampler
from marvin.errors import AudioFileError
from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_train.audio_files import KINDS, is_recording


def find_recordings(paths: Sequence[Path], option: str) -> list[Path]:
    """All audio files named or in the named folders; each once, in order.

    Raises:
        AudioFileError: A path does not exist, or a folder has no recordings.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise AudioFileError(f"{option} {path}: no such file or folder")
        files = [path] if path.is_file() else _recordings_in(path)
        if not files:
            raise AudioFileError(f"{option} {path}: no recordings in this folder ({KINDS})")
        for file in files:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def refuse_both(positives: Sequence[Path], negatives: Sequence[Path]) -> None:
    """Raise AudioFileError if a file is in both."""
    known = {path.resolve() for path in positives}
    both = [path for path in negatives if path.resolve() in known]
    if both:
        more = f" and {len(both) - 1} more" if len(both) > 1 else ""
        raise AudioFileError(
            f"{both[0]}{more}: in both the positives and the negatives; "
            "a recording either contains the wake word or does not"
        )


def blocks(path: Path, progress: Callable[[float], None] | None = None) -> Iterator[Samples]:
    """A file of any rate and channel count as short mono blocks at RATE_HZ.

    `progress` gets the share of the file read so far, in [0, 1].

    Raises:
        AudioFileError: The file cannot be read.
    """
    with open_audio(path) as file:
        resampler = Resampler(file.samplerate, RATE_HZ)
        read = 0
        for block in read_blocks(file):
            read += len(block)
            yield resampler.process(block)
            if progress is not None:
                progress(min(1.0, read / file.frames))
        yield resampler.finish()


def whole(path: Path, longest_s: float) -> Samples:
    """A whole file at RATE_HZ, mono.

    Raises:
        AudioFileError: The file cannot be read, or is longer than `longest_s`.
    """
    parts: list[Samples] = []
    length = 0
    for block in blocks(path):
        parts.append(block)
        length += len(block)
        if length > longest_s * RATE_HZ:
            raise AudioFileError(f"{path} is longer than {longest_s:g} s: cut it")
    return np.concatenate(parts)


def excerpt(path: Path, place: float, samples: int) -> Samples:
    """`samples` samples from position `place` in [0, 1]; a shorter file is repeated.

    Raises:
        AudioFileError: The file cannot be read or is empty.
    """
    with open_audio(path) as file:
        rate_hz, frames = file.samplerate, file.frames
        wanted = int(samples * rate_hz / RATE_HZ) + rate_hz
        file.seek(int(place * max(0, frames - wanted)))
        resampler = Resampler(rate_hz, RATE_HZ)
        parts: list[Samples] = []
        length = 0
        for block in read_blocks(file):
            parts.append(resampler.process(block))
            length += len(parts[-1])
            if length >= samples:
                break
        else:
            parts.append(resampler.finish())
    piece = np.concatenate(parts)
    if len(piece) == 0:
        raise AudioFileError(f"{path} contains no audio")
    return np.resize(piece, samples)


def _recordings_in(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if is_recording(path)]
