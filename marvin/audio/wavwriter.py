"""Writes a 16-bit mono WAV file that is valid after every write, even if the process dies."""

import contextlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from marvin.errors import AudioFileError
from marvin.pcm import fade_out, to_float32, to_int16
from marvin.types import Samples

_HEADER_BYTES = 44
_LARGEST = 0xFFFFFFFE - _HEADER_BYTES
"""Maximum audio bytes that a WAV header can express (27 hours at 22 kHz)."""


class WavWriter:
    def __init__(self, path: Path, rate_hz: int) -> None:
        self.path = path
        self._fd = -1
        self.rate_hz = rate_hz
        """May change until the first sample is written."""
        self.samples = 0
        """Samples in the file."""

    def open(self) -> None:
        """Raises AudioFileError if the file cannot be written."""
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        with writing(self.path):
            check_place(self.path)
            self._fd = os.open(self.path, flags, 0o666)
            self._write_header()

    @property
    def is_open(self) -> bool:
        return self._fd >= 0

    def append(self, samples: Samples) -> None:
        data = to_int16(samples).astype("<i2").tobytes()
        with writing(self.path):
            os.lseek(self._fd, _HEADER_BYTES + 2 * self.samples, os.SEEK_SET)
            _write_all(self._fd, data)
            self.samples += len(samples)
            # Last, so that the header never promises more than is there.
            self._write_header()

    def truncate(self, samples: int, fade: int) -> None:
        """Keep the first `samples` samples, and fade out the last `fade` of them."""
        fade = min(fade, samples)
        at = _HEADER_BYTES + 2 * (samples - fade)
        with writing(self.path):
            os.lseek(self._fd, at, os.SEEK_SET)
            tail = np.frombuffer(os.read(self._fd, 2 * fade), "<i2").astype(np.int16)
            self.samples = samples - fade
            self._write_header()
            os.ftruncate(self._fd, at)
        self.append(fade_out(to_float32(tail), fade))

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write_header(self) -> None:
        os.lseek(self._fd, 0, os.SEEK_SET)
        _write_all(self._fd, _header(self.rate_hz, self.samples))


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns OSError into AudioFileError."""
    try:
        yield
    except OSError as error:
        raise AudioFileError(f"{path} cannot be written: {error.strerror}") from error


def check_place(path: Path) -> None:
    """Raise AudioFileError if no file can be created there."""
    if path.is_dir():
        raise AudioFileError(f"{path} is a directory; name a file in it")
    if not path.absolute().parent.is_dir():
        raise AudioFileError(f"{path} cannot be written: there is no folder {path.parent}")


def _header(rate_hz: int, samples: int) -> bytes:
    data = min(2 * samples, _LARGEST)
    riff = struct.pack("<4sI4s", b"RIFF", _HEADER_BYTES - 8 + data, b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16)
    return riff + form + struct.pack("<4sI", b"data", data)


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
