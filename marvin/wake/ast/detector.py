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
        self.steady = 0.0
        """Lowest smoothed score of as many looks as patience asks for: what has to pass the
        threshold; 0 until there were so many."""
        self._patience = patience
        self._refractory_samples = refractory_samples
        # Filled with zeros: a lone first look after silence is no better proof than any other.
        self._recent: deque[float] = deque([0.0] * smoothing, maxlen=smoothing)
        self._in_a_row: deque[float] = deque(maxlen=patience)
        self._armed_from: int | None = None

    def update(self, score: float, at: int) -> bool:
        """Take the score of the look whose window ends at sample `at`; True: the word was said."""
        self._recent.append(score)
        self.score = sum(self._recent) / len(self._recent)
        self._in_a_row.append(self.score)
        if len(self._in_a_row) < self._patience:
            return False
        self.steady = min(self._in_a_row)
        if self.steady < self.threshold:
            return False
        if self._armed_from is not None and at < self._armed_from:
            return False
        self._armed_from = at + self._refractory_samples
        return True

    def rest(self) -> None:
        """There was no look for a while: earlier scores no longer count, the refractory does."""
        self._recent.extend([0.0] * len(self._recent))
        self._in_a_row.clear()
        self.score = self.steady = 0.0

    def reset(self) -> None:
        """Forget everything."""
        self.rest()
        self._armed_from = None
