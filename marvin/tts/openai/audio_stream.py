"""Reads audio while it still comes: WAV with its header, or bare samples."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from marvin.pcm import finite, mono
from marvin.types import AudioChunk

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_NUMBERS = {
    (_PCM, 16): ("<i2", 2.0**-15),
    (_PCM, 32): ("<i4", 2.0**-31),
    (_FLOAT, 32): ("<f4", 1.0),
}
"""Numpy's name and the scale, by format tag and bits."""
_LONGEST_HEADER = 64 * 1024
_STREAMED = 0x7FFF_0000
"""Lengths from here on stand for "until the end": they are written before it is known."""


class AudioFormatError(Exception):
    """It is no audio that can be read while it comes. The text says what it is instead."""


@dataclass(frozen=True, slots=True)
class Format:
    """How samples are written."""

    rate_hz: int
    channels: int = 1
    dtype: str = "<i2"
    scale: float = 2.0**-15

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return np.dtype(self.dtype).itemsize * self.channels


def read_stream(pieces: Iterable[bytes], bare: Format | None) -> Iterator[AudioChunk]:
    """Mono audio of any pieces of a WAV file, or of samples in the format `bare`.

    Raises:
        AudioFormatError: It is neither, or of a kind of WAV that nobody sends.
    """
    pieces = iter(pieces)
    begin = b""
    # A sound shorter than the mark of a file cannot be one.
    while len(begin) < 12 and (piece := next(pieces, b"")):
        begin += piece
    if not begin:
        return
    if begin[:4] in (b"RIFF", b"RF64") and begin[8:12] == b"WAVE":
        yield from _read_wav(begin, pieces)
    elif (name := known_format(begin)) is not None:
        raise AudioFormatError(name)
    elif bare is None:
        raise AudioFormatError("audio without the header of a WAV file")
    else:
        yield from _chunks(chain([begin], pieces), bare)


def known_format(begin: bytes) -> str | None:
    """The name of a file format that is not read here, by its first bytes."""
    for mark, name in ((b"ID3", "MP3"), (b"OggS", "Ogg (Opus or Vorbis)"), (b"fLaC", "FLAC")):
        if begin.startswith(mark):
            return name
    return None


def _read_wav(buffer: bytes, pieces: Iterator[bytes]) -> Iterator[AudioChunk]:
    at = 12
    found: Format | None = None
    while True:
        while len(buffer) < at + 8:
            if len(buffer) > _LONGEST_HEADER or not (piece := next(pieces, b"")):
                raise AudioFormatError("a WAV file without sound")
            buffer += piece
        name, size = struct.unpack_from("<4sI", buffer, at)
        at += 8
        if name == b"data":
            break
        # Chunks begin at even places.
        end = at + size + size % 2
        if end > _LONGEST_HEADER:
            raise AudioFormatError("a WAV file with a broken header")
        while len(buffer) < end and (piece := next(pieces, b"")):
            buffer += piece
        if name == b"fmt ":
            found = _format(buffer[at:end])
        at = end
    if found is None:
        raise AudioFormatError("a WAV file that does not say how it is written")
    sound = chain([buffer[at:]], pieces)
    # What follows the sound are notes on who made it.
    yield from _chunks(_first(size, sound) if 0 < size < _STREAMED else sound, found)


def _format(header: bytes) -> Format:
    if len(header) < 16:
        raise AudioFormatError("a WAV file with a broken header")
    tag, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", header)
    if tag == _EXTENSIBLE and len(header) >= 26:
        (tag,) = struct.unpack_from("<H", header, 24)
    if (tag, bits) not in _NUMBERS or not 1 <= channels <= 8 or not 4_000 <= rate_hz <= 192_000:
        raise AudioFormatError(
            f"a WAV file of kind {tag} with {bits} bits, {channels} channels, {rate_hz} Hz"
        )
    dtype, scale = _NUMBERS[tag, bits]
    return Format(rate_hz, channels, dtype, scale)


def _chunks(pieces: Iterable[bytes], form: Format) -> Iterator[AudioChunk]:
    """Whole samples of each piece; what is left of one waits for the next piece."""
    rest = b""
    start = 0
    for piece in pieces:
        rest += piece
        whole = len(rest) // form.frame_bytes * form.frame_bytes
        if whole:
            numbers = np.frombuffer(rest[:whole], form.dtype).astype(np.float32)
            samples = mono(numbers.reshape(-1, form.channels) * np.float32(form.scale))
            yield AudioChunk(finite(samples), form.rate_hz, start)
            start += len(samples)
            rest = rest[whole:]


def _first(length: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces up to a length."""
    for piece in pieces:
        yield piece[:length]
        length -= len(piece)
        if length <= 0:
            return
