"""Recordings as one stream, as from a microphone."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import numpy as np

from marvin.audio.wavfile import WavSource
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk

PAUSE_S = 1.0
"""Silence after a recording, to complete the score of its last word."""


class RecordingSource:
    """Audio files in sequence, read at full speed."""

    live = False

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files

    def check(self) -> None:
        """Raise AudioFileError if any cannot be read."""
        for file in self._files:
            WavSource(file).check()

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        """All files; with a pause after each if there are several."""
        position = 0
        for file in self._files:
            async for chunk in recording(file, position, pause=len(self._files) > 1):
                position = chunk.end
                yield chunk


async def recording(file: Path, start: int, *, pause: bool = True) -> AsyncGenerator[AudioChunk]:
    """One file, beginning at position `start` of the stream, then PAUSE_S of silence if `pause`."""
    at = start
    async for chunk in WavSource(file).chunks():
        yield AudioChunk(chunk.samples, RATE_HZ, at)
        at += len(chunk.samples)
    if pause:
        quiet = np.zeros(CHUNK_SAMPLES, np.float32)
        for _ in range(round(PAUSE_S * RATE_HZ / CHUNK_SAMPLES)):
            yield AudioChunk(quiet, RATE_HZ, at)
            at += CHUNK_SAMPLES
