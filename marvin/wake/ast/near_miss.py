"""When the wake word was almost heard: pure decisions, counted in samples."""

from marvin.types import NEAR, RATE_HZ

_APART = RATE_HZ
"""Near scores that are less than a second apart, in samples, belong to one utterance."""


class NearMisses:
    """Makes one near-miss of the near scores of one utterance, and none of one that woke.

    The scores are those that the threshold is for: the second look's or, without one, the first's.
    """

    def __init__(self) -> None:
        self._best: tuple[float, int] | None = None
        self._woke = False
        self._over_at = 0

    def look(self, score: float, threshold: float, at: int) -> None:
        """Take the score of a look whose window ends at sample `at`."""
        if score < NEAR * threshold:
            return
        self._over_at = at + _APART
        self._woke = self._woke or score >= threshold
        if self._best is None or score > self._best[0]:
            self._best = (score, at)

    def over(self, at: int) -> tuple[float, int] | None:
        """Score and place of the near-miss whose utterance is over at sample `at`."""
        if self._best is None or at < self._over_at:
            return None
        best = None if self._woke else self._best
        self.reset()
        return best

    def reset(self) -> None:
        """Forget everything."""
        self._best, self._woke = None, False
