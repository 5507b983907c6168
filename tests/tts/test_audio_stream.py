"""Decoding audio as it arrives, cut anywhere."""

import io
import struct
import wave
from collections.abc import Iterator

import numpy as np
import pytest

from marvin.tts.openai.audio_stream import AudioFormatError, Format, read_stream
from marvin.types import AudioChunk, Samples

RAMP = np.arange(-500, 500, dtype=np.int16)
SAMPLES = RAMP.astype(np.float32) / 32768
BARE = Format(24_000)


def wav(rate_hz: int = 22_050) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(RAMP.tobytes())
    return file.getvalue()


def riff(tag: int, channels: int, bits: int, data: bytes, *, extra: bytes = b"") -> bytes:
    """A WAV file made by hand."""
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, 16_000, 16_000 * frame, frame, bits) + extra
    chunks = b"LIST\x03\0\0\0abc\0" + b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def read(data: bytes, size: int = 10**6, bare: Format | None = None) -> list[AudioChunk]:
    return list(read_stream(cut(data, size), bare))


def joined(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 44, 45, 333, 10_000])
def test_wav_file_may_be_cut_anywhere(size: int) -> None:
    chunks = read(wav(), size)
    assert np.array_equal(joined(chunks), SAMPLES)
    assert {chunk.rate_hz for chunk in chunks} == {22_050}
    assert [chunk.start for chunk in chunks[1:]] == [chunk.end for chunk in chunks[:-1]]


@pytest.mark.parametrize("size", [1, 2, 3, 11, 10_000])
def test_raw_samples_may_be_cut_anywhere(size: int) -> None:
    chunks = read(RAMP.tobytes(), size, BARE)
    assert np.array_equal(joined(chunks), SAMPLES)
    assert {chunk.rate_hz for chunk in chunks} == {24_000}


def test_samples_are_available_before_the_rest_arrives() -> None:
    def pieces() -> Iterator[bytes]:
        yield wav()[:100]
        raise AssertionError("read too far")

    assert len(next(read_stream(pieces(), None)).samples) == 28


@pytest.mark.parametrize("length", [0, 0xFFFF_FFFF, 0x7FFF_FFFF, 0xFFFF_FFFF - 36])
def test_unknown_length_in_the_header_is_ignored(length: int) -> None:
    data = bytearray(wav())
    data[40:44] = struct.pack("<I", length)
    assert np.array_equal(joined(read(bytes(data), 64)), SAMPLES)


def test_data_after_the_sound_is_not_played() -> None:
    assert np.array_equal(joined(read(wav() + b"LIST" + bytes(300), 64)), SAMPLES)


def test_incomplete_sample_is_dropped() -> None:
    assert len(joined(read(RAMP.tobytes() + b"\x01", 64, BARE))) == 1000


def test_wav_file_is_recognised_where_raw_samples_are_expected() -> None:
    assert {chunk.rate_hz for chunk in read(wav(), 5, BARE)} == {22_050}


def test_other_wav_formats() -> None:
    stereo = np.repeat(RAMP, 2).tobytes()
    assert np.array_equal(joined(read(riff(1, 2, 16, stereo), 5)), SAMPLES)
    floats = riff(3, 1, 32, SAMPLES.tobytes())
    assert np.array_equal(joined(read(floats, 5)), SAMPLES)
    wide = (RAMP.astype(np.int32) << 16).tobytes()
    assert np.array_equal(joined(read(riff(1, 1, 32, wide), 5)), SAMPLES)
    more = struct.pack("<HHI", 22, 16, 4) + b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    extensible = riff(0xFFFE, 1, 16, RAMP.tobytes(), extra=more)
    assert np.array_equal(joined(read(extensible, 5)), SAMPLES)


def test_nan_becomes_silence() -> None:
    odd = np.array([np.nan, np.inf, 0.5], np.float32)
    assert joined(read(riff(3, 1, 32, odd.tobytes()))).tolist() == [0.0, 1.0, 0.5]


def test_empty_stream_is_empty() -> None:
    assert read(b"", bare=BARE) == []
    assert read(wav()[:44]) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"ID3\x04" + bytes(50), "MP3"),
        (b"OggS" + bytes(50), "Ogg"),
        (b"fLaC" + bytes(50), "FLAC"),
        (RAMP.tobytes(), "audio without a WAV header"),
        (wav()[:30], "a WAV file with a broken header"),
        (wav()[:40], "a WAV file without sound"),
        (wav()[:12], "a WAV file without sound"),
        (riff(2, 1, 4, b"xx"), "a WAV file of kind 2 with 4 bits, 1 channels, 16000 Hz"),
        (riff(1, 1, 24, b"xxx"), "a WAV file of kind 1 with 24 bits"),
        (riff(1, 0, 16, b"xx"), "0 channels"),
        (wav()[:16] + b"\xff\xff\xff\xff" + wav()[20:], "a broken header"),
        (wav()[:12] + b"data" + bytes(20), "without a format"),
        (wav()[:12] + b"fmt \x02\0\0\0ab" + bytes(20), "a broken header"),
        (wav()[:12] + b"junk\0\0\0\0" * 9_000, "a WAV file (without sound|with a broken header)"),
    ],
)
@pytest.mark.parametrize("size", [1, 50, 10**6])
def test_other_data_is_named(data: bytes, message: str, size: int) -> None:
    with pytest.raises(AudioFormatError, match=message):
        read(data, size)
