"""All that is known about a stream so far, and a digest of each second of it."""

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
    """A second of audio in numbers."""

    at_s: float
    """Its end, in seconds of the stream."""
    level_dbfs: float
    """Root mean square."""
    peak_dbfs: float
    """Highest sample."""
    floor_dbfs: float
    """Level of the room when nobody speaks."""
    speech: float
    """Share of it that voice activity took for speech."""
    score: float
    """Highest smoothed score of the first look."""
    detections: int
    """So far."""
    near_misses: int
    clipping: bool
    dead: bool
    lost_s: float
    """Audio lost so far."""


class Monitor:
    """Follows a stream: levels, counts, losses."""

    def __init__(self, config: AstConfig) -> None:
        self.meter = Meter()
        self.watch = Watch(config)
        self.elapsed_s = 0.0
        self.lost_s = 0.0
        self.speech_s = 0.0
        """Seconds that voice activity took for speech."""
        self.second_look: Detection | None = None
        """The last one."""
        self.last: Noticed | None = None
        """The last detection or near-miss."""
        self._position = 0
        self._samples: list[Samples] = []
        self._speech = 0.0
        self._score = 0.0

    def process(self, observation: Observation) -> list[Noticed]:
        """Take the next chunk; what was noticed in it."""
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
        """What was still under way when the stream ended."""
        noticed = self.watch.finish()
        self.last = noticed[-1] if noticed else self.last
        return noticed

    def second(self, observation: Observation) -> Second | None:
        """Of the second that is over with this chunk."""
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
