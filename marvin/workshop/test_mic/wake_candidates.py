"""Finds the words of a calibration and their scores. Pure; times in samples."""

from collections import deque
from dataclasses import dataclass

from marvin.config.tables import TurnConfig
from marvin.conversation.ear import HeardChunk
from marvin.types import RATE_HZ
from marvin.workshop.test_mic.observing import Observation

WAIT_S = 4.0
"""A word not heard within this time after the prompt is missed."""
REST_S = 1.5
"""Pause between words."""
REST_AFTER_MISS_S = 3.0
"""Time for the user to withdraw a miss."""
LEAST_SCORE = 0.2
"""Lower scores are chance: the word was not heard."""
_SETTLE_S = 0.6
"""Time after the end of a word until its score is complete."""
_LATE_S = 1.5
"""Extra time if the user is still speaking."""
_GAP_S = 0.5
_SHORTEST_S, _LONGEST_S = 0.2, 2.0
"""Length limits of a burst that may be the wake word."""
_WORD_S = 1.2
"""Longest time from the start of a word to its detection."""


@dataclass(frozen=True, slots=True)
class WakeCandidate:
    """A detection at thresholds up to its score."""

    score: float
    at: int
    """In samples of the stream."""


@dataclass(frozen=True, slots=True)
class SpokenWakeWord:
    score: float
    """Highest threshold that accepts it, in [0, 1]."""
    start: int
    """Position in samples of the stream."""
    end: int


def candidate_in(observation: Observation) -> WakeCandidate | None:
    """The candidate in a chunk heard with threshold 0."""
    detection = observation.heard.detection
    if detection is None or detection.score <= 0.0:
        return None
    return WakeCandidate(detection.score, detection.at)


class Bursts:
    """Speech segments separated by pauses."""

    def __init__(self, config: TurnConfig) -> None:
        self._config = config
        self.start: int | None = None
        """Start of the open segment, in samples."""
        self.end = 0
        """End of its speech so far."""

    def process(self, heard: HeardChunk) -> tuple[int, int] | None:
        """Process the next chunk; returns start and end of a segment that ends with it."""
        if self._is_speech(heard):
            if self.start is None:
                self.start = heard.chunk.start
            self.end = heard.chunk.end
        elif self.start is not None and heard.chunk.end - self.end >= _GAP_S * RATE_HZ:
            return self.finish()
        return None

    def finish(self) -> tuple[int, int] | None:
        """The open segment at the end of the stream."""
        start, self.start = self.start, None
        return None if start is None else (start, self.end)

    def _is_speech(self, heard: HeardChunk) -> bool:
        above_db = heard.level_dbfs - heard.floor_dbfs
        least = self._config.start_probability
        if self.start is not None:
            least = self._config.stop_probability
        return heard.probability > 0.0 and heard.probability >= least and above_db >= 3.0


class Asking:
    """Prompts for a word, waits, pauses, and repeats. Speech during pauses is ignored."""

    def __init__(self, config: TurnConfig, rest_s: float = REST_S) -> None:
        self._bursts = Bursts(config)
        self._rest_until: int | None = None
        self._rest_s = rest_s
        self._asked_at: int | None = None
        self._spoken: tuple[int, int] | None = None
        self._best: WakeCandidate | None = None

    def ready(self, position: int) -> bool:
        """Whether to prompt now; the first pause begins with the first call."""
        if self._rest_until is None:
            self._rest_until = position + round(self._rest_s * RATE_HZ)
        return self._asked_at is None and position >= self._rest_until

    def ask(self, position: int) -> None:
        """Record the prompt."""
        self._asked_at = position
        self._bursts.start = self._spoken = self._best = None

    def process(
        self, observation: Observation, candidate: WakeCandidate | None
    ) -> SpokenWakeWord | None:
        """Process the next chunk; returns the word once it was said or missed."""
        if self._asked_at is None:
            return None
        heard = observation.heard
        self._bursts.process(heard)
        if self._bursts.start is not None:
            first = self._bursts.start if self._spoken is None else self._spoken[0]
            self._spoken = (first, self._bursts.end)
        if candidate and (self._best is None or candidate.score > self._best.score):
            self._best = candidate
        return self._word(self._asked_at, heard.chunk.end)

    def _word(self, asked_at: int, now: int) -> SpokenWakeWord | None:
        found = self._best is not None and self._best.score >= LEAST_SCORE
        if self._best is not None and found:
            over = now >= self._best.at + _SETTLE_S * RATE_HZ
        else:
            waited_s = (now - asked_at) / RATE_HZ
            speaking = self._bursts.start is not None
            over = waited_s >= WAIT_S + (_LATE_S if speaking else 0.0)
        if not over:
            return None
        rest_s = self._rest_s if found else REST_AFTER_MISS_S
        self._asked_at, self._rest_until = None, now + round(rest_s * RATE_HZ)
        score = self._best.score if self._best is not None else 0.0
        start, end = self._spoken or (now, now)
        if self._best is not None and found:
            # The segment that contains the detection.
            start = max(start, self._best.at - round(_WORD_S * RATE_HZ))
            end = max(min(end, self._best.at), start)
        return SpokenWakeWord(score, start, end)


class Listed:
    """Takes each word-length speech segment of a recording as a word."""

    def __init__(self, config: TurnConfig) -> None:
        self._bursts = Bursts(config)
        self._over: deque[tuple[int, int]] = deque()
        self._found: deque[WakeCandidate] = deque(maxlen=1000)
        self.too_long = 0
        """Number of segments longer than a word."""

    def process(
        self, observation: Observation, candidate: WakeCandidate | None
    ) -> SpokenWakeWord | None:
        """Process the next chunk; returns a word whose score is now complete."""
        if candidate is not None:
            self._found.append(candidate)
        burst = self._bursts.process(observation.heard)
        if burst is not None:
            self._keep(*burst)
        if self._over and observation.heard.chunk.end >= self._over[0][1] + _SETTLE_S * RATE_HZ:
            return self._word(*self._over.popleft())
        return None

    def finish(self) -> list[SpokenWakeWord]:
        """The remaining words at the end of the recording."""
        burst = self._bursts.finish()
        if burst is not None:
            self._keep(*burst)
        left = [self._word(*burst) for burst in self._over]
        self._over.clear()
        return left

    def _keep(self, start: int, end: int) -> None:
        length_s = (end - start) / RATE_HZ
        if length_s > _LONGEST_S:
            self.too_long += 1
        elif length_s >= _SHORTEST_S:
            self._over.append((start, end))

    def _word(self, start: int, end: int) -> SpokenWakeWord:
        until = end + _SETTLE_S * RATE_HZ
        scores = [one.score for one in self._found if start <= one.at <= until]
        return SpokenWakeWord(max(scores, default=0.0), start, end)
