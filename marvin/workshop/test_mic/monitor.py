"""Statistics of a stream, in total and per second."""

from dataclasses import dataclass

import numpy as np

from marvin.config.wake import AstConfig
from marvin.pcm import SILENCE_DBFS, level_dbfs
from marvin.types import RATE_HZ, Detection, Samples
from marvin.workshop.test_mic.meter import Meter
from marvin.workshop.test_mic.observing import Observation
from marvin.workshop.test_mic.watching import Noticed, Watch


@dataclass(frozen=True, slots=True)
class Second:
    """Statistics of one second."""

    at_s: float
    """End, in seconds of the stream."""
    level_dbfs: float
    """Root mean square."""
    peak_dbfs: float
    """Highest sample."""
    floor_dbfs: float
    """Noise floor of the room."""
    speech: float
    """Share of speech, by voice activity detection."""
    score: float
    """Highest smoothed score of the first look."""
    detections: int
    """Total so far."""
    near_misses: int
    clipping: bool
    dead: bool
    lost_s: float
    """Audio lost so far."""


class Monitor:
    """Statistics of a stream: levels, counts, losses."""

    def __init__(self, config: AstConfig) -> None:
        self.meter = Meter()
        self.watch = Watch(config)
        self.elapsed_s = 0.0
        self.lost_s = 0.0
        self.speech_s = 0.0
        """Seconds of speech, by voice activity detection."""
        self.second_look: Detection | None = None
        self.last: Noticed | None = None
        """The last detection or near-miss."""
        self._position = 0
        self._samples: list[Samples] = []
        self._speech = 0.0
        self._score = 0.0

    def process(self, observation: Observation) -> list[Noticed]:
        """Process the next chunk; returns new detections and near-misses."""
        heard = observation.heard
        chunk = heard.chunk
        self.lost_s += max(0, chunk.start - self._position) / RATE_HZ
        self._position = chunk.end
        self.elapsed_s = chunk.end / RATE_HZ
        self.meter.process(chunk)
        self.speech_s += heard.probability * chunk.duration_s
        self.second_look = observation.second_look or self.second_look
        self._samples.append(chunk.samples)
        self._speech += heard.probability * chunk.duration_s
        self._score = max(self._score, observation.score)
        noticed = self.watch.process(observation)
        self.last = noticed[-1] if noticed else self.last
        return noticed

    def finish(self) -> list[Noticed]:
        """Near-misses pending at the end of the stream."""
        noticed = self.watch.finish()
        self.last = noticed[-1] if noticed else self.last
        return noticed

    def second(self, observation: Observation) -> Second | None:
        """Statistics if a second ends with this chunk."""
        if sum(map(len, self._samples)) < RATE_HZ:
            return None
        samples = np.concatenate(self._samples)
        peak = float(np.abs(samples).max())
        second = Second(
            at_s=self.elapsed_s,
            level_dbfs=level_dbfs(samples),
            peak_dbfs=20 * float(np.log10(peak)) if peak > 1e-6 else SILENCE_DBFS,
            floor_dbfs=observation.heard.floor_dbfs,
            speech=self._speech * RATE_HZ / len(samples),
            score=self._score,
            detections=self.watch.detections,
            near_misses=self.watch.near_misses,
            clipping=self.meter.clipping,
            dead=self.meter.dead,
            lost_s=self.lost_s,
        )
        self._samples.clear()
        self._speech = self._score = 0.0
        return second
