"""Transcript confidence: how well the recognised words fit the audio."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from marvin.backends.sphinx.decoder import FRAMES_PER_S, SHORTEST_FRAMES, AlignedWord
from marvin.types import RATE_HZ


@dataclass(frozen=True, slots=True)
class FitEvidence:
    """Features for the confidence, in the order of `WEIGHTS`."""

    fit: float
    """Mean score of the phones, not of the frames: one wrong phone of three counts a third,
    however short it is."""
    length: float
    """Log of the number of phones: a fair fit of twenty is less likely to be chance than a good
    fit of three."""
    squeezed: float
    """Fraction of phones with the minimum duration, to which unspoken phones are squeezed."""
    pauses: float
    """Seconds of silence or noise between the words."""


WEIGHTS = FitEvidence(fit=1.42, length=0.71, squeezed=-3.84, pauses=-1.77)
"""From `python -m benchmarks.accuracy.home_commands --fit`."""

BIAS = 8.33
"""From `python -m benchmarks.accuracy.home_commands --fit`: at a confidence of 0.5, 3 % of the
other speech in the tuning half, mostly single words, is taken for a command."""


def gather(words: Sequence[AlignedWord]) -> FitEvidence:
    """Features of a command; `words` must not be empty."""
    phones = [phone for word in words for phone in word.phones]
    spoken = sum(phone.frames for phone in phones)
    return FitEvidence(
        fit=sum(phone.score for phone in phones) / len(phones),
        length=log(len(phones)),
        squeezed=sum(phone.frames <= SHORTEST_FRAMES for phone in phones) / len(phones),
        pauses=max(0, words[-1].end - words[0].start - spoken) / FRAMES_PER_S,
    )


_WEAKEST, _WEAKEST_SPREAD = -12.0, 0.75
"""Score of the worst phone for a confidence of 0.5: a misrecognised word has a phone that does not
fit at all, however well the rest does. From `python -m benchmarks.accuracy.spoken_commands --half
tune`, as are those below."""
_MISSED_S, _MISSED_SPREAD_S = 0.45, 0.03
"""The same for speech outside all words."""
_LOUD_DB = 6.0
"""Maximum distance of speech below the level of the words."""
_LOUD_SHARE = 0.6
"""Minimum level of speech, as a fraction of the way from the room's level to the words'."""


def word_confidence(words: Sequence[AlignedWord], loud: NDArray[np.bool_]) -> float:
    """Probability that only grammar words were said. `words` are those of a command, `loud` is
    from `loud_frames`."""
    weakest = min(phone.score for word in words for phone in word.phones)
    outside = loud.copy()
    outside[: words[0].start] = False
    for word in words:
        outside[word.start : word.end] = False
    missed_s = np.count_nonzero(outside) / FRAMES_PER_S
    return min(
        _logistic((weakest - _WEAKEST) / _WEAKEST_SPREAD),
        _logistic((_MISSED_S - missed_s) / _MISSED_SPREAD_S),
    )


def loud_frames(pcm: bytes, words: Sequence[tuple[str, AlignedWord]]) -> NDArray[np.bool_]:
    """Mask of frames of 16-bit audio that are as loud as its words."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    step = RATE_HZ // FRAMES_PER_S
    powers = (samples[: len(samples) // step * step].reshape(-1, step) ** 2).mean(axis=1)
    levels = 10 * np.log10(np.convolve(powers, np.full(5, 0.2), "same") + 1.0)
    inside = np.zeros(len(levels), bool)
    for _, word in words:
        inside[word.start : word.end] = True
    own, room = float(np.median(levels[inside])), float(np.percentile(levels, 10))
    return np.asarray(levels > max(own - _LOUD_DB, room + _LOUD_SHARE * (own - room)))


def confidence(evidence: FitEvidence) -> float:
    """In [0, 1]."""
    total = BIAS + sum(
        weight * value for weight, value in zip(astuple(WEIGHTS), astuple(evidence), strict=True)
    )
    return _logistic(total)


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + exp(-max(-50.0, min(50.0, value))))
