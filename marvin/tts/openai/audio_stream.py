"""Decodes audio while it arrives: WAV, or raw samples."""

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
"""NumPy dtype and scale, by format tag and bits."""
_LONGEST_HEADER = 64 * 1024
_STREAMED = 0x7FFF_0000
"""Lengths from here on mean "until the end", in headers written before the length is known."""


class AudioFormatError(Exception):
    """The data cannot be decoded while it arrives. The message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Format:
    rate_hz: int
    channels: int = 1
    dtype: str = "<i2"
    scale: float = 2.0**-15

    @property
    def frame_bytes(self) -> int:
        """Bytes per sample of all channels."""
        return np.dtype(self.dtype).itemsize * self.channels


def read_stream(pieces: Iterable[bytes], bare: Format | None) -> Iterator[AudioChunk]:
    """Decode a WAV file, or raw samples in the format `bare`, to mono.

    Raises:
        AudioFormatError: It is neither, or an unsupported kind of WAV.
    """
    pieces = iter(pieces)
    begin = b""
    # Read enough for a file signature.
    while len(begin) < 12 and (piece := next(pieces, b"")):
        begin += piece
    if not begin:
        return
    if begin[:4] in (b"RIFF", b"RF64") and begin[8:12] == b"WAVE":
        yield from _read_wav(begin, pieces)
    elif (name := known_format(begin)) is not None:
        raise AudioFormatError(name)
    elif bare is None:
        raise AudioFormatError("audio without a WAV header")
    else:
        yield from read_samples(chain([begin], pieces), bare)


def known_format(begin: bytes) -> str | None:
    """The name of an unsupported file format, by its signature."""
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
        # Chunks are padded to even offsets.
        end = at + size + size % 2
        if end > _LONGEST_HEADER:
            raise AudioFormatError("a WAV file with a broken header")
        while len(buffer) < end and (piece := next(pieces, b"")):
            buffer += piece
        if name == b"fmt ":
            found = _format(buffer[at:end])
        at = end
    if found is None:
        raise AudioFormatError("a WAV file without a format")
    sound = chain([buffer[at:]], pieces)
    # Metadata may follow the audio.
    yield from read_samples(_first(size, sound) if 0 < size < _STREAMED else sound, found)


def _format(header: bytes) -> Format:
    if len(header) < 16:
        raise AudioFormatError("a WAV file with a broken header")
    tag, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", header)
    if tag == _EXTENSIBLE and len(header) >= 26:
        (tag,) = struct.unpack_from("<H", header, 24)
    return pcm_format(rate_hz, bits, channels, tag, f"a WAV file of kind {tag}")


def pcm_format(
    rate_hz: int, bits: int, channels: int, tag: int = _PCM, what: str = "audio"
) -> Format:
    """`tag` is that of a WAV file, `what` names it. Raises AudioFormatError if it is not
    supported."""
    if (tag, bits) not in _NUMBERS or not 1 <= channels <= 8 or not 4_000 <= rate_hz <= 192_000:
        raise AudioFormatError(f"{what} with {bits} bits, {channels} channels, {rate_hz} Hz")
    dtype, scale = _NUMBERS[tag, bits]
    return Format(rate_hz, channels, dtype, scale)


def read_samples(pieces: Iterable[bytes], form: Format) -> Iterator[AudioChunk]:
    """Whole samples of each piece; incomplete ones wait for the next piece."""
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
    """The first `length` bytes of the pieces."""
    for piece in pieces:
        yield piece[:length]
        length -= len(piece)
        if length <= 0:
            return
