"""Reads audio files in any libsndfile format in blocks, and diagnoses broken ones."""

import difflib
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from marvin.boundary.files import check_regular
from marvin.errors import AudioFileError
from marvin.pcm import finite, mono
from marvin.types import Samples

if TYPE_CHECKING:
    import soundfile

_LOGGER = logging.getLogger(__name__)

_BLOCK_S = 0.25
"""Block length in seconds: a millisecond of work, and the most that one defect can destroy."""
_RATES_HZ = range(1_000, 768_001)
_FORMATS = "WAV, FLAC, OGG (Vorbis, Opus), MP3, AIFF, AU, CAF"


def open_audio(path: Path) -> "soundfile.SoundFile":
    """Raises AudioFileError, with advice, if the file cannot be read or has no audio."""
    _check_path(path)
    # As bytes: a file name need not be valid text.
    return open_recording(os.fsencode(path), path)


def open_recording(recording: bytes | BinaryIO, path: Path) -> "soundfile.SoundFile":
    """The same for a file that is open. `path` is its name in messages."""
    import soundfile

    try:
        file = soundfile.SoundFile(recording)
    except soundfile.LibsndfileError as error:
        raise AudioFileError(
            f"{path} is not an audio file that can be read "
            f"({error.error_string.rstrip('.')}); formats: {_FORMATS}"
        ) from error
    if file.frames == 0:
        file.close()
        raise AudioFileError(f"{path} has no audio in it, only a header; record it again")
    if file.samplerate not in _RATES_HZ:
        file.close()
        raise AudioFileError(f"{path} has an impossible sample rate: {file.samplerate} Hz")
    if cut := _promised_bytes(file.extra_info):
        _LOGGER.warning(
            "%s is cut short: its header promises %d bytes of audio and it has %d; "
            "the available %.1f s are used",
            path,
            *cut,
            file.frames / file.samplerate,
        )
    return file


def read_blocks(file: "soundfile.SoundFile") -> Iterator[Samples]:
    """Mono blocks at the file's sample rate, up to the first defect."""
    import soundfile

    size = max(1, int(_BLOCK_S * file.samplerate))
    read = 0
    try:
        while len(block := file.read(size, dtype="float32", always_2d=True)):
            read += len(block)
            yield mono(finite(block))
    except soundfile.LibsndfileError as error:
        _LOGGER.warning(
            "%s is damaged after %.1f s (%s); the audio before that is used",
            file.name,
            read / file.samplerate,
            error.error_string,
        )


def _check_path(path: Path) -> None:
    try:
        if path.is_dir():
            raise AudioFileError(f"{path} is a directory; name an audio file in it")
        check_regular(path)
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise AudioFileError(f"{path} does not exist{_similar(path)}") from error
    except OSError as error:
        rights = "; `ls -l` shows who may read it" * isinstance(error, PermissionError)
        raise AudioFileError(f"{path} cannot be read: {error.strerror}{rights}") from error
    if empty:
        raise AudioFileError(f"{path} is empty; record it again")
    if path.suffix.lower() == ".raw":
        # libsndfile treats this extension as headerless and requires a sample rate.
        raise AudioFileError(f"{path} is raw audio without a header; formats: {_FORMATS}")


def _similar(path: Path) -> str:
    try:
        names = [entry.name for entry in path.absolute().parent.iterdir()]
    except OSError:
        return f", nor can the folder {path.parent} be listed"
    lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(path.name.lower(), lower, 1, 0.75)
    return f"; did you mean {path.with_name(lower[close[0]])}?" if close else ""


def _promised_bytes(info: str) -> tuple[int, int] | None:
    """Bytes of audio that the header promises, and actual bytes, if there are fewer."""
    found = re.search(r"^data : (\d+) \(should be (\d+)\)", info, re.MULTILINE)
    if found is None:
        return None
    promised, there = int(found[1]), int(found[2])
    # A program that writes to a pipe does not know the length and uses the largest number.
    return (promised, there) if there < promised < 0x7FFFF000 else None
