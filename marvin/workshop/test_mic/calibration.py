"""What a calibration has gathered: the words that were said, and what the room sounded like."""

from dataclasses import dataclass, field

from marvin.config.wake import AstConfig
from marvin.types import RATE_HZ
from marvin.workshop.test_mic.proposal import Proposal, propose
from marvin.workshop.test_mic.wake_candidates import LEAST_SCORE, SpokenWakeWord, WakeCandidate
from marvin.workshop.wake_eval.rates import OperatingPoint, accepted, curve

_TENTHS = tuple(step / 10 for step in range(1, 10))
_CHANCE = 0.01
"""Lower scores are not kept: no threshold is so low."""


@dataclass(slots=True)
class Calibration:
    """Scores at every threshold. Whatever ends it, what is there can be looked at."""

    config: AstConfig
    """As it is in force, not as it was while scores were gathered."""
    words: list[SpokenWakeWord] = field(default_factory=list)
    room: list[WakeCandidate] = field(default_factory=list)
    room_s: float = 0.0
    room_speech_s: float = 0.0
    """Of it, voice activity took so much for speech."""
    too_long: int = 0
    """Runs of speech in the recordings that were too long for a word."""
    complete: bool = False
    """Whether it went to its end."""

    def hear_room(self, candidate: WakeCandidate | None, duration_s: float, speech: float) -> None:
        """A chunk of the room, what was found in it, and its share of speech."""
        self.room_s += duration_s
        self.room_speech_s += speech * duration_s
        if candidate is not None and candidate.score >= _CHANCE:
            self.room.append(candidate)

    def take_back(self) -> bool:
        """Forget the last word if it was missed: it was not said."""
        if not self.words or self.words[-1].score >= LEAST_SCORE:
            return False
        self.words.pop()
        return True

    @property
    def best_of_room(self) -> float:
        """Highest score of the room."""
        return max((one.score for one in self.room), default=0.0)

    def wakes(self) -> int:
        """How often the room would have woken it at the threshold in force."""
        return accepted(self._timed(), self.config.threshold, self.config.refractory_s)

    def proposal(self) -> Proposal:
        """The threshold that suits both."""
        room = [one.score for one in self.room]
        return propose([word.score for word in self.words], room, self.config.threshold)

    def points(self, *more: float) -> list[OperatingPoint]:
        """Misses and false accepts at every tenth, at the threshold in force and at `more`."""
        thresholds = sorted({*_TENTHS, self.config.threshold, *more})
        scores = [word.score for word in self.words]
        refractory_s = self.config.refractory_s
        return curve(scores, [self._timed()], self.room_s, refractory_s, thresholds)

    def _timed(self) -> list[tuple[float, float]]:
        return [(one.at / RATE_HZ, one.score) for one in self.room]
