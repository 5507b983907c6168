"""Detections and near-misses in a stream. Pure; times in samples."""

from dataclasses import dataclass
from enum import Enum

from marvin.config.wake import AstConfig
from marvin.types import NEAR, RATE_HZ
from marvin.workshop.test_mic.observing import Observation


class Kind(Enum):
    DETECTION = "detection"
    REJECTED = "rejected"
    """A near-miss: the second look rejected a candidate near the threshold."""
    ALMOST = "almost"
    """A near-miss without second look: the score came near the threshold."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """A detection or a near-miss."""

    kind: Kind
    score: float
    """Of the deciding look, in [0, 1]."""
    at: int
    """End of the window, in samples of the stream."""


class Watch:
    """Counts detections and near-misses of the look that the threshold applies to.

    With a second look, the first look's scores and candidates are not near-misses: noise comes near
    its low limit, and speech gives hundreds of candidates per hour.
    """

    def __init__(self, config: AstConfig) -> None:
        self._verify = config.verify
        self._threshold = config.threshold
        self._near_from = NEAR * config.threshold
        self._refractory_samples = round(config.refractory_s * RATE_HZ)
        self._deaf_until = 0
        self._highest: tuple[float, int] | None = None
        """Score and position of the current peak."""
        self._spent = False
        """Whether this peak has been counted."""
        self.detections = 0
        self.near_misses = 0

    def process(self, observation: Observation) -> list[Noticed]:
        """Process the next chunk; returns detections and near-misses."""
        noticed: list[Noticed] = []
        detection, second_look = observation.heard.detection, observation.second_look
        if detection is not None:
            self._spent = True
            self._deaf_until = detection.at + self._refractory_samples
            noticed.append(self._count(Kind.DETECTION, detection.score, detection.at))
        elif second_look is not None and self._near_from <= second_look.score < self._threshold:
            noticed.append(self._count(Kind.REJECTED, second_look.score, second_look.at))
        if self._verify:
            return noticed
        if observation.score < self._near_from:
            return noticed + self.finish()
        if self._highest is None or observation.score > self._highest[0]:
            self._highest = (observation.score, observation.heard.chunk.end)
        return noticed

    def finish(self) -> list[Noticed]:
        """End the current peak."""
        highest, spent = self._highest, self._spent
        self._highest, self._spent = None, False
        if highest is None or spent:
            return []
        score, at = highest
        if score >= self._threshold or at < self._deaf_until:
            # High enough but too short, or the tail of a detection.
            return []
        return [self._count(Kind.ALMOST, score, at)]

    def _count(self, kind: Kind, score: float, at: int) -> Noticed:
        if kind is Kind.DETECTION:
            self.detections += 1
        else:
            self.near_misses += 1
        return Noticed(kind, score, at)
