"""Tracks the audio level and the background noise floor."""

from collections import deque

from marvin.pcm import level_dbfs
from marvin.types import AudioChunk

QUIETEST_DBFS = -70.0
"""Lower limit of the floor: on a noise-gated microphone a rustle must not count as speech."""

_BLOCK_S = 0.5
_BLOCKS = 8


class NoiseFloor:
    """Minimum of the level over the last four seconds.

    Speakers pause for breath within four seconds, so the minimum is the room. The floor rises four
    seconds after a fan starts and drops as soon as it stops. (After R. Martin, "Noise Power
    Spectral Density Estimation Based on Optimal Smoothing and Minimum Statistics", 2001, but
    without the spectrum.)
    """

    def __init__(self) -> None:
        self._minima: deque[float] = deque(maxlen=_BLOCKS)
        self._block_minimum = 0.0
        self._block_s = 0.0
        self._smooth: float | None = None

    def process(self, chunk: AudioChunk) -> float:
        """Process the next chunk and return its level in dBFS."""
        level = level_dbfs(chunk.samples)
        # Smooth over about 0.1 s: one quiet chunk between two words is not the room.
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
        """Noise floor in dBFS; `QUIETEST_DBFS` until half a second has been processed."""
        if not self._minima:
            return QUIETEST_DBFS
        return max(QUIETEST_DBFS, min([*self._minima, self._block_minimum]))
