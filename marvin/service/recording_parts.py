"""Cuts a recording in its pauses, so that an engine is free for others between two parts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from marvin.audio.reader import read_blocks
from marvin.audio.resample import Resampler
from marvin.conversation.hum import HumFilter
from marvin.errors import AudioFileError
from marvin.stt.windows import next_cut
from marvin.types import RATE_HZ, AudioChunk, Endpoint, Samples, Utterance

if TYPE_CHECKING:
    import soundfile

PART_S = 20.0
"""Longest part: the person in the room stops it, so that it begins again."""
CUE_S = 8.0
"""The same for subtitles, of which one is a part."""
_UNKNOWN = 2**62
"""libsndfile's length of FLAC that was streamed is above."""


class LongRecordingError(AudioFileError):
    """It would take too long."""


class RecordingParts:
    """Reads no more than it needs for the next part: an hour of audio fits into a small file."""

    def __init__(
        self, file: soundfile.SoundFile, longest_s: float, *, most_s: float = math.inf
    ) -> None:
        """`longest_s`: of a part; `most_s`: of the recording. Raises LongRecordingError."""
        self._most_s = most_s
        self._file = file
        self._window = round(longest_s * RATE_HZ)
        self._blocks = _resampled(self._file)
        self._rest: Samples = np.zeros(0, np.float32)
        self._over = False
        self._at = 0
        known = self._file.frames < _UNKNOWN
        if known and self._file.frames / self._file.samplerate > self._most_s:
            raise self._too_long()

    @property
    def read_s(self) -> float:
        """Length of the audio up to the end of the last part, in seconds."""
        return self._at / RATE_HZ

    def next(self) -> Utterance | None:
        """The next part; None at the end. Takes a thread for milliseconds. Raises
        LongRecordingError."""
        # Twice as much, so that the cut can be in the last pause of the window.
        while not self._over and len(self._rest) <= self._window:
            block = next(self._blocks, None)
            self._over = block is None
            if block is not None:
                self._rest = np.concatenate((self._rest, block))
        if not len(self._rest):
            self._file.close()
            return None
        end = next_cut(self._rest, 0, self._window).end
        samples, self._rest = self._rest[:end], self._rest[end:].copy()
        start, self._at = self._at, self._at + len(samples)
        if self.read_s > self._most_s:
            # The header did not say so.
            raise self._too_long()
        return Utterance(samples, start, len(samples) / RATE_HZ, Endpoint.SILENCE)

    def _too_long(self) -> LongRecordingError:
        return LongRecordingError(f"longer than {self._most_s / 3600:g} hours: cut it")


def _resampled(file: soundfile.SoundFile) -> Iterator[Samples]:
    hum, resampler = HumFilter(), Resampler(file.samplerate, RATE_HZ)
    for block in read_blocks(file):
        yield hum.clean(AudioChunk(resampler.process(block))).samples
    yield hum.clean(AudioChunk(resampler.finish())).samples
