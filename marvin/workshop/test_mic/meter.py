"""A level meter that detects clipping and dead microphones."""

import math

import numpy as np

from marvin.pcm import SILENCE_DBFS, level_dbfs
from marvin.types import RATE_HZ, AudioChunk

DEAD_S = 3.0
"""Silence for this long means a dead microphone: a working one has noise."""
_DEAD_PEAK = 10 / 32768
_CLIPPED = 32766 / 32768
_CLIPPED_RUN = 3
"""Samples at full scale per chunk that count as clipping."""
_WARN_S = 3.0
"""How long a warning is shown."""
_HOLD_S = 1.5
_FALL_DB_S = 20.0
"""Fall rate of the meter."""


class Meter:
    """A level with instant attack, slow release and peak hold."""

    def __init__(self) -> None:
        self.level_dbfs = SILENCE_DBFS
        """Root mean square."""
        self.peak_dbfs = SILENCE_DBFS
        """Highest recent sample."""
        self.loudest_dbfs = SILENCE_DBFS
        """Highest sample of all."""
        self.clipped_s = 0.0
        """Seconds of clipped chunks."""
        self.silent_s = 0.0
        """Seconds since the last sound."""
        self.zeros = True
        """Whether that silence is all zeros, as from a muted microphone."""
        self._clipped_ago_s = math.inf
        self._peak_ago_s = 0.0

    @property
    def clipping(self) -> bool:
        """Whether audio clipped recently."""
        return self._clipped_ago_s < _WARN_S

    @property
    def dead(self) -> bool:
        """Whether the microphone sends only silence."""
        return self.silent_s >= DEAD_S - 1e-9

    def process(self, chunk: AudioChunk) -> None:
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
