"""Audio files in place of the microphone and the speaker."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from marvin.audio.encoding import encode, encoding_for, prepare
from marvin.audio.reader import open_audio, read_blocks
from marvin.audio.resample import Resampler
from marvin.audio.wavwriter import WavWriter
from marvin.pcm import finite
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

_AHEAD_S = 4.0
"""Audio that a real-time sink queues before the caller has to wait, in seconds."""
_FADE_S = 0.01
_CHUNKS_A_TURN = 25
"""Chunks between yields to the event loop when a file is read at full speed: 1 s of audio."""


class WavSource:
    """An audio file of any sample rate and channel count, as a microphone."""

    def __init__(self, path: Path | str, realtime: bool = False) -> None:
        self._path = Path(path)
        self._realtime = realtime

    @property
    def live(self) -> bool:
        """Whether the file is played in real time."""
        return self._realtime

    def check(self) -> None:
        """Raise AudioFileError unless the file can be read."""
        open_audio(self._path).close()

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        """The file at RATE_HZ in chunks of CHUNK_SAMPLES, the last one shorter."""
        loop = asyncio.get_running_loop()
        with open_audio(self._path) as file:
            began = loop.time()
            at = 0
            for samples in _chunked(_resampled(read_blocks(file), file.samplerate)):
                start, at = at, at + len(samples)
                if self._realtime:
                    # By absolute deadlines, so that late wake-ups do not accumulate.
                    await asyncio.sleep(began + at / RATE_HZ - loop.time())
                elif start % (CHUNK_SAMPLES * _CHUNKS_A_TURN) == 0:
                    await asyncio.sleep(0)
                yield AudioChunk(samples, RATE_HZ, start)


class Sink(Protocol):
    """The AudioSink that a WavSink may play through."""

    async def play(self, chunk: AudioChunk) -> None: ...
    async def drained(self) -> None: ...
    def flush(self) -> float: ...
    def set_volume(self, volume: float) -> None: ...


class WavSink:
    """Records the output to a 16-bit mono WAV file that is valid at any moment.

    With a file extension other than .wav it is converted to that format on close.
    With `realtime`, or with a sink to play through, it takes as long as a speaker would, and
    flushed audio is not in the file.
    """

    def __init__(
        self,
        path: Path | str,
        realtime: bool = False,
        play_through: Sink | None = None,
        *,
        rate_hz: int | None = None,
    ) -> None:
        self._clocked = realtime or play_through is not None
        self._through = play_through
        self._path = Path(path)
        self._encoding = encoding_for(self._path)
        self._rate_hz = self._encoding.rate_hz if self._encoding else rate_hz
        self._writer = WavWriter(self._path, self._rate_hz or RATE_HZ)
        self._resampler: Resampler | None = None
        self._volume = 1.0
        self._ends = 0.0
        """Loop time at which all written audio will have been heard."""

    def open(self) -> None:
        """Create the file early, so that a wrong path fails before the first reply.

        Raises:
            AudioFileError: It cannot be written.
        """
        if not self._writer.is_open:
            if self._encoding is not None:
                self._writer = WavWriter(prepare(self._path), self._writer.rate_hz)
            self._writer.open()

    async def play(self, chunk: AudioChunk) -> None:
        """Write a chunk; the first chunk sets the file's sample rate if none was given."""
        self.open()
        if self._rate_hz is None:
            self._rate_hz = self._writer.rate_hz = chunk.rate_hz
        if self._resampler is None or self._resampler.from_hz != chunk.rate_hz:
            self._finish_stream()
            self._resampler = Resampler(chunk.rate_hz, self._rate_hz)
        self._write(self._resampler.process(finite(chunk.samples)))
        if self._through is not None:
            await self._through.play(chunk)
        elif self._clocked:
            await asyncio.sleep(self._left_s() - _AHEAD_S)

    async def drained(self) -> None:
        self._finish_stream()
        if self._through is not None:
            await self._through.drained()
        elif self._clocked:
            await asyncio.sleep(self._left_s())

    def flush(self) -> float:
        """Cut unheard audio from the file; returns its length in seconds, always 0 at full
        speed."""
        self._resampler = None
        if self._through is not None:
            self._through.flush()
        if not self._clocked or not self._writer.is_open:
            return 0.0
        rate_hz = self._writer.rate_hz
        fade = int(_FADE_S * rate_hz)
        unheard = int(self._left_s() * rate_hz) - fade
        if unheard > 0:
            self._writer.truncate(max(0, self._writer.samples - unheard), fade)
            self._ends -= unheard / rate_hz
        return max(0, unheard) / rate_hz

    def set_volume(self, volume: float) -> None:
        """`volume` is in [0, 1]."""
        self._volume = volume
        if self._through is not None:
            self._through.set_volume(volume)

    def close(self) -> None:
        if self._writer.is_open:
            self._finish_stream()
            self._writer.close()
            if self._encoding is not None:
                encode(self._writer.path, self._path, self._encoding)

    def _finish_stream(self) -> None:
        if self._resampler is not None:
            rest = self._resampler.finish()
            self._resampler = None
            self._write(rest)

    def _write(self, samples: Samples) -> None:
        if len(samples) == 0:
            return
        self._writer.append(samples * np.float32(self._volume))
        if self._clocked:
            now = asyncio.get_running_loop().time()
            self._ends = max(self._ends, now) + len(samples) / self._writer.rate_hz

    def _left_s(self) -> float:
        return max(0.0, self._ends - asyncio.get_running_loop().time())


def _resampled(blocks: Iterator[Samples], rate_hz: int) -> Iterator[Samples]:
    resampler = Resampler(rate_hz, RATE_HZ)
    for block in blocks:
        yield resampler.process(block)
    yield resampler.finish()


def _chunked(blocks: Iterator[Samples]) -> Iterator[Samples]:
    """Pieces of CHUNK_SAMPLES; the last one may be shorter."""
    rest = np.zeros(0, np.float32)
    for block in blocks:
        samples = np.concatenate((rest, block)) if len(rest) else block
        whole = len(samples) // CHUNK_SAMPLES * CHUNK_SAMPLES
        for at in range(0, whole, CHUNK_SAMPLES):
            yield samples[at : at + CHUNK_SAMPLES]
        rest = samples[whole:]
    if len(rest):
        yield rest
