"""Finds and reads audio files, resampled to RATE_HZ."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from marvin.errors import AudioFileError
from marvin.pcm import finite
from marvin.types import RATE_HZ, Samples

KINDS = "WAV, FLAC, Ogg, MP3, AIFF, AU or CAF"
_READABLE = frozenset(
    (".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".au", ".caf")
)
_OTHER_AUDIO = (".m4a", ".aac", ".wma", ".webm", ".mp4", ".amr", ".3gp")


@dataclass(slots=True)
class Folders:
    """The audio files found in folders."""

    files: list[Path] = field(default_factory=list)
    """In order of the folders, sorted by path within each."""
    problems: list[str] = field(default_factory=list)
    """Missing or empty folders."""
    warnings: list[str] = field(default_factory=list)
    """Files of unsupported formats."""


def audio_files(folders: Iterable[Path]) -> Folders:
    """Every audio file in the folders, recursively; a path may also be a file."""
    found = Folders()
    for folder in folders:
        if not folder.exists():
            found.problems.append(f"{folder}: no such folder of recordings")
            continue
        paths = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        readable = [path for path in paths if is_recording(path)]
        other = [path for path in paths if path.suffix.lower() in _OTHER_AUDIO]
        if other:
            names = ", ".join(path.name for path in other[:5]) + (", ..." if len(other) > 5 else "")
            found.warnings.append(
                f"{folder}: {names} cannot be read; convert to WAV, as "
                f"`ffmpeg -i {other[0].name} {other[0].stem}.wav`"
            )
        if not readable:
            found.problems.append(f"{folder}: no recordings in it ({KINDS})")
        found.files += readable
    return found


def is_recording(path: Path) -> bool:
    """Whether its format is supported."""
    # Some systems write metadata into dot files.
    hidden = path.name.startswith(".")
    return path.suffix.lower() in _READABLE and path.is_file() and not hidden


def seconds(path: Path) -> float:
    """Length of a file by its header; raises AudioFileError if it is not audio."""
    import soundfile

    try:
        length: float = soundfile.info(path).duration
    except (soundfile.SoundFileError, OSError) as error:
        raise _unreadable(path, error) from error
    return length


def read_file(path: Path, *, first_channel: bool = False) -> Samples:
    """Audio of shape (samples,) at RATE_HZ; raises AudioFileError if it is not audio.

    Averages channels, or takes the first: the mean of room responses is not a response.
    """
    import soundfile
    import soxr

    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise _unreadable(path, error) from error
    mono = finite(samples[:, 0] if first_channel else samples.mean(axis=1))
    if rate_hz != RATE_HZ and len(mono):
        mono = soxr.resample(mono, rate_hz, RATE_HZ)
    return np.ascontiguousarray(mono, np.float32)


def _unreadable(path: Path, error: Exception) -> AudioFileError:
    if path.exists() and path.stat().st_size == 0:
        return AudioFileError(f"{path} is empty")
    reason = str(error).strip().rpartition(": ")[2].rstrip(".")
    return AudioFileError(f"{path} cannot be read: {reason}")
