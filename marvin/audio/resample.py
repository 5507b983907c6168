"""Streaming sample rate conversion."""

from typing import Any

import numpy as np

from marvin.types import Samples


class Resampler:
    """Resamples one stream block by block."""

    def __init__(self, from_hz: float, to_hz: float) -> None:
        self.from_hz = from_hz
        """Rate of what comes in."""
        self.to_hz = to_hz
        """Rate of what goes out."""
        self._stream: Any = None

    def process(self, samples: Samples, last: bool = False) -> Samples:
        """The output available so far. `last` flushes the filter; a new stream may follow."""
        if self.from_hz == self.to_hz:
            return samples
        if self._stream is None:
            if len(samples) == 0:
                return samples
            import soxr

            self._stream = soxr.ResampleStream(self.from_hz, self.to_hz, 1, dtype="float32")
        resampled = self._stream.resample_chunk(np.ascontiguousarray(samples), last=last)
        if last:
            self._stream = None
        return np.asarray(resampled, dtype=np.float32)

    def finish(self) -> Samples:
        """Flush the filter."""
        return self.process(np.zeros(0, np.float32), last=True)
