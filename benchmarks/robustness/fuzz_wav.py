"""Mutated WAV files, through WavSource."""

import asyncio
import io
import random
import struct
import wave
from pathlib import Path

import numpy as np

from benchmarks.robustness.mutations import NUMBERS, damaged
from marvin.audio.wavfile import WavSource
from marvin.types import CHUNK_SAMPLES, RATE_HZ

_MOST_S = 3600.0
"""A file of a few kilobytes cannot have more samples, whatever its header says."""
_FORMATS = (1, 3, 6, 7, 0x11, 0x31, 0x55, 0xFFFE)


class WavTarget:
    """Damages valid files of every kind."""

    def __call__(self, pick: random.Random, folder: Path) -> str:
        path = folder / pick.choice(("a.wav", "b.WAV", "c", "d.raw", "e.mp3"))
        path.write_bytes(_file(pick))
        source = WavSource(path)
        source.check()
        count = asyncio.run(_read(source))
        return "read" if count else "read, empty"

    def close(self) -> None: ...


async def _read(source: WavSource) -> int:
    """Number of samples; checks their range and positions."""
    count = 0
    short = False
    async for chunk in source.chunks():
        assert chunk.start == count
        assert not short, "only the last chunk may be shorter"
        assert 0 < len(chunk.samples) <= CHUNK_SAMPLES
        assert chunk.samples.dtype == np.float32
        assert np.isfinite(chunk.samples).all()
        short = len(chunk.samples) < CHUNK_SAMPLES
        count += len(chunk.samples)
        assert count < _MOST_S * RATE_HZ
    return count


def _file(pick: random.Random) -> bytes:
    kind = pick.randrange(4)
    if kind == 0:
        return damaged(_wave(pick), pick)
    if kind == 1:
        data = bytearray(_wave(pick))
        # One header field: format, channels, rate, bytes per second, frame size, or bits.
        at, code = pick.choice(((20, "H"), (22, "H"), (24, "I"), (28, "I"), (32, "H"), (34, "H")))
        wanted = pick.choice((*NUMBERS, *_FORMATS)) & (0xFFFF if code == "H" else 0xFFFFFFFF)
        struct.pack_into(f"<{code}", data, at, wanted)
        return bytes(data)
    if kind == 2:
        return _floats(pick)
    head = _wave(pick)[: pick.randrange(44)]
    return head + pick.randbytes(pick.randrange(4000))


def _wave(pick: random.Random) -> bytes:
    """A file written by the standard library."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(pick.choice((1, 1, 2, 6)))
        file.setsampwidth(pick.choice((1, 2, 2, 3, 4)))
        file.setframerate(pick.choice((8_000, 16_000, 22_050, 44_100, 48_000, 96_000)))
        file.writeframes(pick.randbytes(file.getnchannels() * file.getsampwidth() * 2_000))
    return out.getvalue()


def _floats(pick: random.Random) -> bytes:
    """Random bits as 32-bit floats: infinities, NaNs, denormals."""
    data = pick.randbytes(4 * pick.randrange(2_000))
    rate = pick.choice((16_000, 44_100, 1, 999, 768_000, 768_001))
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, rate, 4 * rate, 4, 32)
    body = form + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WAVE") + body
