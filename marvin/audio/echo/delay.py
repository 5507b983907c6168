"""Finds how late the echo arrives, by cross-correlation with what was played."""

import numpy as np
from numpy.typing import NDArray

from marvin.types import RATE_HZ, Samples

WINDOW = RATE_HZ
"""Microphone samples per look."""
EARLIEST, LATEST = -RATE_HZ // 4, RATE_HZ * 6 // 10
"""Delays that are looked for, in samples: devices report their latency badly."""
_DELAYS = LATEST - EARLIEST
_SIZE = 1 << 15
"""Holds a window and all delays without wrapping around."""
_WHITENING = 0.8
"""1 is the phase transform, which weights frequencies with no speech like those with speech."""
_MEMORY = 0.6
"""Share of the earlier looks in each new one."""
_CLEAR = 10.0
"""Height of a peak that is an echo, in medians; chance reaches 7."""
_STRONG = 0.6
"""Height of a strong path's peak, in the highest one's."""
_SAME = RATE_HZ // 500
"""Looks agree within this many samples; two clocks do not drift further in a few minutes."""
_AGREE, _AGREE_TO_MOVE = 2, 4
"""Looks in a row that must agree, at first and against what is known."""
_ALIKE = 0.12
"""Similarity of two correlations with the same paths; chance reaches 0.03."""


class DelayFinder:
    """Correlates window after window, until several in a row agree. From then on it compares whole
    correlations, since in some rooms several paths are equally strong."""

    def __init__(self) -> None:
        self._known: NDArray[np.complex128] | None = None
        self._known_delay = 0.0
        self.reset()

    def reset(self) -> None:
        """The audio was interrupted."""
        self._sum: NDArray[np.complex128] = np.zeros(_SIZE // 2 + 1, np.complex128)
        self._last = 0
        self._agreed = 0

    def learn(self, delay: float) -> None:
        """The present correlation is that of an echo with this delay, unless one is known."""
        if self._known is None:
            self._known, self._known_delay = self._sum.copy(), delay

    def forget(self) -> None:
        """The reference has been moved."""
        self._known = None
        self.reset()

    def look(self, microphone: Samples, reference: Samples) -> float | None:
        """The echo's delay in samples if it is certain.

        `microphone` has WINDOW samples; `reference` begins LATEST before it and ends -EARLIEST
        after it.
        """
        heard, played = np.fft.rfft(microphone, _SIZE), np.fft.rfft(reference, _SIZE)
        product = heard * played.conj()
        size = np.abs(product)
        if not size.any():
            return None
        product /= (size + 1e-6 * size.max()) ** _WHITENING
        self._sum = _MEMORY * self._sum + product
        strongest = self._strongest()
        if self._known is None:
            return strongest if self._agreed >= _AGREE else None
        moved = _moved(self._known, product)
        if moved is not None:
            return self._known_delay + moved
        return strongest if self._agreed >= _AGREE_TO_MOVE else None

    def _strongest(self) -> float:
        """The delay of the first strong path."""
        # A delay of d shows at d - LATEST, because `reference` begins LATEST early.
        likely = np.abs(np.roll(np.fft.irfft(self._sum, _SIZE), _DELAYS)[:_DELAYS])
        first = int(np.argmax(likely >= _STRONG * likely.max()))
        best = first + int(likely[first : first + _SAME].argmax())
        clear = likely[best] >= _CLEAR * np.median(likely)
        same = abs(best - self._last) <= _SAME
        self._agreed = clear * (1 + same * self._agreed)
        self._last = best
        return best + _summit(likely, best) + EARLIEST


def _moved(known: NDArray[np.complex128], now: NDArray[np.complex128]) -> float | None:
    """How much later all paths are than they were, if they are the same ones."""
    both = np.roll(np.fft.irfft(now * known.conj(), _SIZE), _SAME)[: 2 * _SAME + 1]
    best = int(both.argmax())
    power = np.sqrt(np.vdot(now, now).real * np.vdot(known, known).real)
    if both[best] * _SIZE / 2 < _ALIKE * power:
        return None
    return best - _SAME + _summit(both, best)


def _summit(values: NDArray[np.float64], at: int) -> float:
    """Where a parabola through three values has its summit, from the middle one."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, middle, after = values[at - 1 : at + 2]
    return float(0.5 * (before - after) / (before - 2 * middle + after))
