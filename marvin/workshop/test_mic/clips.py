"""Stores heard audio as WAV files for wake word training."""

import re
import tempfile
from collections import deque
from pathlib import Path

import numpy as np

from marvin.audio.wavwriter import WavWriter
from marvin.errors import AudioFileError
from marvin.types import RATE_HZ, AudioChunk, Samples

CLIP_S = 2.0
_KEPT_S = 10.0
"""How far back a clip can begin, in seconds."""
_FOLDERS = {"wake": "said", "near": "near", "room": "room"}
"""Folder of each kind, to separate wake words from other sounds."""


class Clips:
    """A folder of clips, 16 kHz, mono, 16 bits. Never overwrites files."""

    def __init__(self, folder: Path) -> None:
        self.said = folder / _FOLDERS["wake"]
        self.room = folder / _FOLDERS["room"]
        self._folder = folder
        self._recent: deque[AudioChunk] = deque()
        self._due: list[tuple[str, float, int]] = []
        self._room: WavWriter | None = None
        self.kept = dict.fromkeys(_FOLDERS, 0)
        """Number of written files by kind."""

    @property
    def any_said(self) -> bool:
        """Whether there are wake words to train with, including earlier ones."""
        return any(self.said.glob("*.wav"))

    def check(self) -> None:
        """Create the folders; raises AudioFileError if they are not writable."""
        try:
            for folder in (self.said, self.room):
                folder.mkdir(parents=True, exist_ok=True)
                tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise AudioFileError(
                f"--record {self._folder}: not writable: {error.strerror}"
            ) from error

    def process(self, chunk: AudioChunk) -> None:
        """Process the next chunk and write completed clips."""
        self._recent.append(chunk)
        while self._recent[0].end < chunk.end - _KEPT_S * RATE_HZ:
            self._recent.popleft()
        if self._room is not None:
            self._room.append(chunk.samples)
        while self._due and self._due[0][2] <= chunk.end:
            self._write(*self._due.pop(0))

    def keep(self, kind: str, score: float, start: int, end: int) -> None:
        """Store CLIP_S around `start` to `end`, in samples of the stream."""
        until = (start + end + round(CLIP_S * RATE_HZ)) // 2
        self._due.append((kind, score, until))
        self._due.sort(key=lambda one: one[2])
        if self._recent and until <= self._recent[-1].end:
            self._write(*self._due.pop(0))

    def begin_room(self) -> None:
        """Write everything into one file until `finish`."""
        path = self._path("room", "")
        self._room = WavWriter(path, RATE_HZ)
        self._room.open()
        self.kept["room"] += 1

    def finish(self) -> None:
        """End of the stream: write pending clips."""
        while self._due:
            self._write(*self._due.pop(0))
        if self._room is not None:
            self._room.close()
            self._room = None

    def _write(self, kind: str, score: float, until: int) -> None:
        samples = self._cut(until - round(CLIP_S * RATE_HZ), until)
        if not len(samples):
            return
        writer = WavWriter(self._path(kind, f"-score{score:.2f}"), RATE_HZ)
        writer.open()
        try:
            writer.append(samples)
        finally:
            writer.close()
        self.kept[kind] += 1

    def _cut(self, start: int, end: int) -> Samples:
        """The audio from `start` to `end`, with silence for lost audio; empty if none."""
        heard = [chunk for chunk in self._recent if chunk.start < end and chunk.end > start]
        if not heard:
            return np.zeros(0, np.float32)
        start, end = max(start, heard[0].start), min(end, heard[-1].end)
        samples = np.zeros(end - start, np.float32)
        for chunk in heard:
            first, last = max(start, chunk.start), min(end, chunk.end)
            samples[first - start : last - start] = chunk.samples[
                first - chunk.start : last - chunk.start
            ]
        return samples

    def _path(self, kind: str, suffix: str) -> Path:
        folder = self._folder / _FOLDERS[kind]
        folder.mkdir(exist_ok=True)
        numbers = (re.match(rf"{kind}-(\d+)", path.name) for path in folder.iterdir())
        number = 1 + max((int(found[1]) for found in numbers if found), default=0)
        return folder / f"{kind}-{number:04d}{suffix}.wav"
