"""Detects an open microphone that delivers no sound at all."""

from marvin.types import Samples

_FIRST_S = 10.0
_LONGEST_S = 600.0


class DeadAir:
    """Detects constant samples: a muted or unplugged microphone, or a dead driver.

    Some noise gates also send zeros while nobody speaks, so each silence that ends by itself
    raises the delay before the next one is reported.
    """

    def __init__(self) -> None:
        self.length_s = 0.0
        """Length of the silence at the last report, in seconds."""
        self._since_s = 0.0
        self._value = float("nan")
        self._after_s = _FIRST_S
        self._reported = False

    def push(self, block: Samples, rate_hz: int) -> bool | None:
        """True when a long silence is detected, False when it ends; None: no change."""
        low, high = float(block.min()), float(block.max())
        if low == high and low in (self._value, 0.0):
            self._since_s += len(block) / rate_hz
            if self._reported or self._since_s < self._after_s:
                return None
            return self._report(True)
        self._value = low if low == high else float("nan")
        if not self._reported:
            self._since_s = 0.0
            return None
        self._after_s = min(_LONGEST_S, 2 * self._after_s)
        return self._report(False)

    def _report(self, silent: bool) -> bool:
        self.length_s = self._since_s
        if not silent:
            self._since_s = 0.0
        self._reported = silent
        return silent
