"""How loud is it, and how loud is the room when nobody speaks?"""

from collections import deque

from marvin.pcm import level_dbfs
from marvin.types import AudioChunk

QUIETEST_DBFS = -70.0
"""No room counts as quieter: a microphone that gates its noise must not make a rustle speech."""

_BLOCK_S = 0.5
_BLOCKS = 8


class NoiseFloor:
    """Minimum of the level over the last four seconds.

    Speech pauses for breath within four seconds, so the minimum is the room. A fan that starts is
    the new floor four seconds later; one that stops, at once. (After the idea of R. Martin,
    "Noise Power Spectral Density Estimation Based on Optimal Smoothing and Minimum Statistics",
    2001, without the spectrum.)
    """

    def __init__(self) -> None:
        self._minima: deque[float] = deque(maxlen=_BLOCKS)
        self._block_minimum = 0.0
        self._block_s = 0.0
        self._smooth: float | None = None

    def process(self, chunk: AudioChunk) -> float:
        """Take the next chunk; returns its level in dBFS."""
        level = level_dbfs(chunk.samples)
        # A single quiet chunk between two words is not the room: smooth over about 0.1 s.
        self._smooth = (
            level if self._smooth is None else self._smooth + 0.4 * (level - self._smooth)
        )
        self._block_minimum = min(self._block_minimum, self._smooth)
        self._block_s += chunk.duration_s
        if self._block_s >= _BLOCK_S:
            self._minima.append(self._block_minimum)
            self._block_minimum, self._block_s = self._smooth, 0.0
        return level

    @property
    def floor_dbfs(self) -> float:
        """Level of the room in dBFS; QUIETEST_DBFS until half a second has been heard."""
        if not self._minima:
            return QUIETEST_DBFS
        return max(QUIETEST_DBFS, min([*self._minima, self._block_minimum]))
