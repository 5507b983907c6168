"""A microphone that is open and hears nothing at all."""

from marvin.types import Samples

_FIRST_S = 10.0
_LONGEST_S = 600.0


class DeadAir:
    """Notices when all samples are the same: muted, a cable without a microphone, a dead driver.

    Some noise filters send zeros too, whenever nobody speaks. So each silence that ends by itself
    makes the next one be told later.
    """

    def __init__(self) -> None:
        self.length_s = 0.0
        """How long it lasted when it was last told of, in seconds."""
        self._since_s = 0.0
        self._value = float("nan")
        self._after_s = _FIRST_S
        self._told = False

    def push(self, block: Samples, rate_hz: int) -> bool | None:
        """True when it has been silent for long, False when that is over; None: nothing new."""
        low, high = float(block.min()), float(block.max())
        if low == high and low in (self._value, 0.0):
            self._since_s += len(block) / rate_hz
            if self._told or self._since_s < self._after_s:
                return None
            return self._tell(True)
        self._value = low if low == high else float("nan")
        if not self._told:
            self._since_s = 0.0
            return None
        self._after_s = min(_LONGEST_S, 2 * self._after_s)
        return self._tell(False)

    def _tell(self, silent: bool) -> bool:
        self.length_s = self._since_s
        if not silent:
            self._since_s = 0.0
        self._told = silent
        return silent
