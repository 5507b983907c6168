"""Detects near misses of the wake word: pure logic, counted in samples."""

from marvin.types import NEAR, RATE_HZ

_APART = RATE_HZ
"""Near scores less than this many samples (1 s) apart belong to one utterance."""


class NearMisses:
    """Merges the near scores of one utterance into one near miss; none if the utterance woke.

    Takes the scores that the threshold applies to: the verifier's or, without one, the model's.
    """

    def __init__(self) -> None:
        self._best: tuple[float, int] | None = None
        self._woke = False
        self._over_at = 0

    def look(self, score: float, threshold: float, at: int) -> None:
        """Add the score of the window ending at sample `at`."""
        if score < NEAR * threshold:
            return
        self._over_at = at + _APART
        self._woke = self._woke or score >= threshold
        if self._best is None or score > self._best[0]:
            self._best = (score, at)

    def over(self, at: int) -> tuple[float, int] | None:
        """Score and position of a near miss whose utterance is over by sample `at`."""
        if self._best is None or at < self._over_at:
            return None
        best = None if self._woke else self._best
        self.reset()
        return best

    def reset(self) -> None:
        self._best, self._woke = None, False
