"""How well the words that were recognised fit the sound: the confidence of a transcript."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from math import exp, log

from marvin.sphinx.decoder import FRAMES_PER_S, SHORTEST_FRAMES, AlignedWord


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for or against the words; the order is that of `WEIGHTS`."""

    fit: float
    """Mean score of the phones. Not of the frames: one wrong phone of three counts a third,
    however short it is."""
    length: float
    """Logarithm of the number of phones: twenty that fit fairly are less likely to be chance
    than three that fit well."""
    squeezed: float
    """Share of phones of the shortest length: what was not said is squeezed to it."""
    pauses: float
    """Seconds of silence or noise between the words."""


WEIGHTS = Evidence(fit=1.42, length=0.71, squeezed=-3.84, pauses=-1.77)
"""From `python -m benchmarks.commands --fit`."""

BIAS = 8.33
"""From `python -m benchmarks.commands --fit`; puts a confidence of 0.5 where 3 % of the tuning
half's other speech, mostly single words, are taken for a command."""


def gather(words: Sequence[AlignedWord]) -> Evidence:
    """The evidence in the words of a command; there must be one."""
    phones = [phone for word in words for phone in word.phones]
    spoken = sum(phone.frames for phone in phones)
    return Evidence(
        fit=sum(phone.score for phone in phones) / len(phones),
        length=log(len(phones)),
        squeezed=sum(phone.frames <= SHORTEST_FRAMES for phone in phones) / len(phones),
        pauses=max(0, words[-1].end - words[0].start - spoken) / FRAMES_PER_S,
    )


def confidence(evidence: Evidence) -> float:
    """In [0, 1]."""
    total = BIAS + sum(
        weight * value for weight, value in zip(astuple(WEIGHTS), astuple(evidence), strict=True)
    )
    return 1.0 / (1.0 + exp(-max(-50.0, min(50.0, total))))
