"""How loud is it, is it too loud, and is the microphone there at all? Counted in samples."""

import math

import numpy as np

from marvin.pcm import SILENCE_DBFS, level_dbfs
from marvin.types import RATE_HZ, AudioChunk

DEAD_S = 3.0
"""A microphone that gives nothing for so long is dead: any that works hears its own noise."""
_DEAD_PEAK = 10 / 32768
_CLIPPED = 32766 / 32768
_CLIPPED_RUN = 3
"""So many samples at full scale in a chunk are no chance."""
_WARN_S = 3.0
"""A warning stays so long."""
_HOLD_S = 1.5
_FALL_DB_S = 20.0
"""What falls in a meter falls so fast."""


class Meter:
    """A level that rises at once and falls slowly, its peak held, and what is wrong with it."""

    def __init__(self) -> None:
        self.level_dbfs = SILENCE_DBFS
        """Root mean square."""
        self.peak_dbfs = SILENCE_DBFS
        """Highest sample of the last moments."""
        self.loudest_dbfs = SILENCE_DBFS
        """Highest sample of all."""
        self.clipped_s = 0.0
        """Seconds in chunks with samples cut off at full scale."""
        self.silent_s = 0.0
        """Seconds since the last sample that was more than nothing."""
        self.zeros = True
        """That silence is all zeros: no microphone is so quiet, something is switched off."""
        self._clipped_ago_s = math.inf
        self._peak_ago_s = 0.0

    @property
    def clipping(self) -> bool:
        """Whether it has just been too loud for the microphone."""
        return self._clipped_ago_s < _WARN_S

    @property
    def dead(self) -> bool:
        """Whether the microphone gives nothing."""
        return self.silent_s >= DEAD_S - 1e-9

    def process(self, chunk: AudioChunk) -> None:
        """Take the next chunk."""
        passed_s = len(chunk.samples) / RATE_HZ
        self.level_dbfs = max(
            level_dbfs(chunk.samples), self.level_dbfs - _FALL_DB_S * passed_s, SILENCE_DBFS
        )
        magnitudes = np.abs(chunk.samples)
        highest = float(magnitudes.max(initial=0.0))
        self._hold(20.0 * math.log10(highest) if highest > 1e-6 else SILENCE_DBFS, passed_s)
        self._clipped_ago_s += passed_s
        if np.count_nonzero(magnitudes >= _CLIPPED) >= _CLIPPED_RUN:
            self.clipped_s += passed_s
            self._clipped_ago_s = 0.0
        if highest > _DEAD_PEAK:
            self.silent_s, self.zeros = 0.0, True
        else:
            self.silent_s += passed_s
            self.zeros = self.zeros and highest == 0.0

    def _hold(self, peak_dbfs: float, passed_s: float) -> None:
        self.loudest_dbfs = max(self.loudest_dbfs, peak_dbfs)
        self._peak_ago_s += passed_s
        falling = self.peak_dbfs
        if self._peak_ago_s > _HOLD_S:
            falling -= _FALL_DB_S * passed_s
        if peak_dbfs >= falling:
            self.peak_dbfs, self._peak_ago_s = peak_dbfs, 0.0
        else:
            self.peak_dbfs = max(SILENCE_DBFS, falling)
