"""Encodes speech for a response, as it is synthesised."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Protocol

from marvin.audio.resample import Resampler
from marvin.pcm import finite, to_int16
from marvin.service.http.api_error import ApiError

if TYPE_CHECKING:
    import soundfile

    from marvin.types import AudioChunk, Samples

OUT_HZ = 24_000
"""Sample rate of OpenAI's API."""
_ENDLESS = 0xFFFF_FFFF
"""Size in the header of a WAV file whose length is not known yet."""


class _Encoder(Protocol):
    def feed(self, samples: Samples) -> bytes: ...
    def finish(self) -> bytes: ...


class SpeechEncoder:
    """Turns chunks of any sample rate into one stream. Not thread-safe; a call takes milliseconds
    or, for long chunks in compressed formats, tenths of a second."""

    def __init__(self, name: str) -> None:
        """Raises ApiError if there is no such format, or libsndfile cannot write it."""
        self.media_type, self._encoder = _encoder(name)
        self._resampler = Resampler(OUT_HZ, OUT_HZ)

    def feed(self, chunk: AudioChunk) -> bytes:
        ended = b""
        if chunk.rate_hz != self._resampler.from_hz:
            ended = self._encoder.feed(self._resampler.finish())
            self._resampler = Resampler(chunk.rate_hz, OUT_HZ)
        return ended + self._encoder.feed(self._resampler.process(finite(chunk.samples)))

    def finish(self) -> bytes:
        """The rest. The encoder cannot be used afterwards."""
        return self._encoder.feed(self._resampler.finish()) + self._encoder.finish()


def _encoder(name: str) -> tuple[str, _Encoder]:
    import soundfile

    if name == "pcm":
        return "audio/pcm", _Pcm(b"")
    if name == "wav":
        return "audio/wav", _Pcm(_wav_header())
    known = {
        "mp3": ("audio/mpeg", "MP3", "MPEG_LAYER_III"),
        "opus": ("audio/ogg", "OGG", "OPUS"),
        "flac": ("audio/flac", "FLAC", "PCM_16"),
    }
    kind, container, subtype = known.get(name, ("", "", ""))
    if not kind or not soundfile.check_format(container, subtype):
        able = [one for one, (_, *form) in known.items() if soundfile.check_format(*form)]
        raise ApiError(
            400,
            f"response_format: use one of {', '.join(('wav', 'pcm', *able))}",
            param="response_format",
        )
    return kind, _Compressed(container, subtype)


class _Pcm:
    """16-bit little-endian samples after a header."""

    def __init__(self, header: bytes) -> None:
        self._header = header

    def feed(self, samples: Samples) -> bytes:
        header, self._header = self._header, b""
        return header + to_int16(samples).astype("<i2").tobytes()

    def finish(self) -> bytes:
        return self._header


class _Compressed:
    """What libsndfile has written so far. At the end it goes back and fills in the length. Players
    find that of MP3 by its constant bit rate; FLAC is sent when it is complete, because some
    programs do not read it without."""

    def __init__(self, container: str, subtype: str) -> None:
        import soundfile

        more = {"bitrate_mode": "CONSTANT", "compression_level": 0.5} if container == "MP3" else {}
        self._written = io.BytesIO()
        self._streams = container != "FLAC"
        self._sent = 0
        self._file: soundfile.SoundFile = soundfile.SoundFile(
            self._written, "w", OUT_HZ, 1, subtype, format=container, **more
        )

    def feed(self, samples: Samples) -> bytes:
        # In blocks: some encoders cannot take minutes of audio in one call.
        for at in range(0, len(samples), OUT_HZ):
            self._file.write(samples[at : at + OUT_HZ])
        return self._new() if self._streams else b""

    def finish(self) -> bytes:
        self._file.close()
        return self._new()

    def _new(self) -> bytes:
        with self._written.getbuffer() as written:
            new = bytes(written[self._sent :])
        self._sent += len(new)
        return new


def _wav_header() -> bytes:
    """Of mono 16-bit audio."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, OUT_HZ, 2 * OUT_HZ, 2, 16)
    return (
        struct.pack("<4sI4s", b"RIFF", _ENDLESS, b"WAVE")
        + form
        + struct.pack("<4sI", b"data", _ENDLESS)
    )
