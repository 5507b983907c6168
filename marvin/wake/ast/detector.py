"""Turns window scores into detections: pure logic, counted in samples."""

from collections import deque


class WakeTrigger:
    """Moving average, threshold, patience and refractory period over window scores."""

    def __init__(
        self, threshold: float, *, smoothing: int, patience: int, refractory_samples: int
    ) -> None:
        self.threshold = threshold
        """Minimum smoothed score; may change between windows."""
        self.score = 0.0
        """Smoothed score of the last window, in [0, 1]."""
        self.steady = 0.0
        """Minimum of the last `patience` smoothed scores, compared with the threshold; 0 until
        there are that many."""
        self._patience = patience
        self._refractory_samples = refractory_samples
        # Filled with zeros: the first window after silence needs smoothing like any other.
        self._recent: deque[float] = deque([0.0] * smoothing, maxlen=smoothing)
        self._in_a_row: deque[float] = deque(maxlen=patience)
        self._armed_from: int | None = None

    def update(self, score: float, at: int) -> bool:
        """Add the score of the window ending at sample `at`; True if it completes a detection."""
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
        """Forget scores after a pause in scoring, but keep the refractory period."""
        self._recent.extend([0.0] * len(self._recent))
        self._in_a_row.clear()
        self.score = self.steady = 0.0

    def reset(self) -> None:
        self.rest()
        self._armed_from = None
