"""Splits an utterance that exceeds the model's window, without cutting words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from marvin.types import RATE_HZ, Samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FRAME = RATE_HZ // 50
"""Level frame of 20 ms, in samples."""
_PAUSE = 10
"""Minimum pause between words, in frames: 200 ms."""
_QUIET = 0.1
"""Maximum level of a pause relative to the window: -20 dB."""
_EARLIEST = 1 / 2
"""Minimum window length as a fraction of the model's."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The end of a window."""

    end: int
    """In samples of the utterance."""
    safe: bool
    """It is in a pause, or at the end of the utterance."""


def next_cut(samples: Samples, start: int, window: int) -> Cut:
    """The end of the window that begins at `start`: in its last pause, or else at its quietest
    point."""
    if len(samples) - start <= window:
        return Cut(len(samples), True)
    power = _power(samples[start : start + window])
    quiet = _QUIET**2 * power.mean()
    first = round(len(power) * _EARLIEST)
    pauses = first + np.flatnonzero(power[first:] <= quiet)
    at = int(pauses[-1]) if len(pauses) else first + int(np.argmin(power[first:]))
    return Cut(start + (at + _PAUSE // 2) * _FRAME, len(pauses) > 0)


def silent(samples: Samples, start: int, end: int) -> bool:
    """Whether that part is a pause relative to the rest: models hallucinate words in pauses."""
    if (start, end) == (0, len(samples)):
        return False
    power = _power(samples)
    part = power[start // _FRAME : end // _FRAME - _PAUSE + 1]
    return bool(part.max(initial=0.0) <= _QUIET**2 * power.mean())


def _power(samples: Samples) -> NDArray[np.float64]:
    """Mean square of the 200 ms from each frame on."""
    power = np.square(samples, dtype=np.float64)
    frames = power[: len(power) // _FRAME * _FRAME].reshape(-1, _FRAME).mean(axis=1)
    return np.convolve(frames, np.full(_PAUSE, 1 / _PAUSE), mode="valid")


def complete(tokens: Sequence[int], first_timestamp: int) -> tuple[list[int], int | None]:
    """The tokens of complete segments, and the position to continue from.

    The rule of OpenAI's `transcribe`: a segment is `<|begin|> text <|end|>`, and the next window
    starts after the last complete one. None: the window is finished.
    """
    stamped = [token >= first_timestamp for token in tokens]
    ends = [at for at in range(1, len(tokens)) if stamped[at - 1] and stamped[at]]
    if not ends or stamped[-2:] == [False, True]:
        return list(tokens), None
    position = tokens[ends[-1] - 1] - first_timestamp
    return (list(tokens[: ends[-1]]), position) if position > 0 else (list(tokens), None)
