"""When a row of scores means that the wake word was said: pure decisions, counted in samples."""

from collections import deque


class WakeTrigger:
    """Moving average, threshold, patience and refractory period over the scores of the looks."""

    def __init__(
        self, threshold: float, *, smoothing: int, patience: int, refractory_samples: int
    ) -> None:
        self.threshold = threshold
        """Smoothed score from which a look counts; may be changed between looks."""
        self.score = 0.0
        """Smoothed score of the last look, in [0, 1]."""
        self._patience = patience
        self._refractory_samples = refractory_samples
        # Filled with zeros: a lone first look after silence is no better proof than any other.
        self._recent: deque[float] = deque([0.0] * smoothing, maxlen=smoothing)
        self._over = 0
        self._armed_from: int | None = None

    def update(self, score: float, at: int) -> bool:
        """Take the score of the look whose window ends at sample `at`; True: the word was said."""
        self._recent.append(score)
        self.score = sum(self._recent) / len(self._recent)
        self._over = self._over + 1 if self.score >= self.threshold else 0
        if self._over < self._patience:
            return False
        if self._armed_from is not None and at < self._armed_from:
            return False
        self._armed_from = at + self._refractory_samples
        self._over = 0
        return True

    def rest(self) -> None:
        """There was no look for a while: earlier scores no longer count, the refractory does."""
        self._recent.extend([0.0] * len(self._recent))
        self.score = 0.0
        self._over = 0

    def reset(self) -> None:
        """Forget everything."""
        self.rest()
        self._armed_from = None
