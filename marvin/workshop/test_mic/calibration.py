"""The data of a calibration: wake words and room."""

from dataclasses import dataclass, field

from marvin.config.wake import AstConfig
from marvin.types import RATE_HZ
from marvin.workshop.test_mic.proposal import Proposal, propose
from marvin.workshop.test_mic.wake_candidates import LEAST_SCORE, SpokenWakeWord, WakeCandidate
from marvin.workshop.wake_eval.rates import OperatingPoint, accepted, curve

_TENTHS = tuple(step / 10 for step in range(1, 10))
_CHANCE = 0.01
"""Lower scores are dropped: no threshold is this low."""


@dataclass(slots=True)
class Calibration:
    """The scores gathered; valid at any time, even if stopped early."""

    config: AstConfig
    """The effective configuration, not the one used to gather scores."""
    words: list[SpokenWakeWord] = field(default_factory=list)
    room: list[WakeCandidate] = field(default_factory=list)
    room_s: float = 0.0
    room_speech_s: float = 0.0
    """Speech in the room, by voice activity detection."""
    too_long: int = 0
    """Number of speech segments too long for a word."""
    complete: bool = False
    """Whether it was completed."""

    def hear_room(self, candidate: WakeCandidate | None, duration_s: float, speech: float) -> None:
        """Add a chunk of the room; `speech` is its share of speech in [0, 1]."""
        self.room_s += duration_s
        self.room_speech_s += speech * duration_s
        if candidate is not None and candidate.score >= _CHANCE:
            self.room.append(candidate)

    def take_back(self) -> bool:
        """Remove the last word if it was missed; returns whether it was."""
        if not self.words or self.words[-1].score >= LEAST_SCORE:
            return False
        self.words.pop()
        return True

    @property
    def best_of_room(self) -> float:
        return max((one.score for one in self.room), default=0.0)

    def wakes(self) -> int:
        """False accepts of the room at the current threshold."""
        return accepted(self._timed(), self.config.threshold, self.config.refractory_s)

    def proposal(self) -> Proposal:
        """The proposed threshold."""
        room = [one.score for one in self.room]
        return propose([word.score for word in self.words], room, self.config.threshold)

    def points(self, *more: float) -> list[OperatingPoint]:
        """Misses and false accepts at every tenth, the current threshold and `more`."""
        thresholds = sorted({*_TENTHS, self.config.threshold, *more})
        scores = [word.score for word in self.words]
        refractory_s = self.config.refractory_s
        return curve(scores, [self._timed()], self.room_s, refractory_s, thresholds)

    def _timed(self) -> list[tuple[float, float]]:
        return [(one.at / RATE_HZ, one.score) for one in self.room]
