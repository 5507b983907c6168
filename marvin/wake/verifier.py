"""Verifies wake word candidates with an acoustic model trained on real voices.

The first stage is trained on synthetic voices: it scores real voices too low and chance
resemblances too high. pocketsphinx's phone models were trained on people. The evidence is how well
the phrase's phones fit the audio compared with any other phones, how well the weakest phones fit,
and how plausible the phone durations are. Confidence from a phone alignment: H. Jiang, Confidence
measures for speech recognition (2005); S. M. Witt and S. J. Young, Phone-level pronunciation
scoring (2000).

What is left undecided is heard again without its late reverberation, and the mean counts: in a room
the word fits better then, and other speech seldom resembles it both times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, log

import numpy as np

from marvin.backends.sphinx.acoustics import SILENCE, AcousticModel, acoustic_model
from marvin.backends.sphinx.dictionary import look_up
from marvin.backends.sphinx.pronunciation import arpabet
from marvin.errors import ModelLoadError
from marvin.types import RATE_HZ, Samples
from marvin.wake.phone_evidence import PhoneFit, PhonePhrase, hear

HEARD_SAMPLES = round(1.6 * RATE_HZ)
"""Length of the verified window: the word and its surroundings."""

_MOST_WAYS = 24
"""Maximum number of pronunciations tried: each costs time."""

WEIGHTS, _BIAS = (0.161, 0.444, -0.008, 1.589, 2.935, 0.297), -0.75
"""Weights of `phone_evidence.NAMES`, from `python -m marvin.workshop.wake_train.second_look`.
Without the first-stage score, 0.13 % of other speech windows pass a confidence of 0.5
(`benchmarks.accuracy.second_look_in_rooms`)."""
_SCORE = 1.0
"""Weight of the log odds of the first-stage score."""
_HOPELESS = -2.0
"""Log odds, as recorded, of windows that are not heard again: the second time seldom adds 4."""


@dataclass(frozen=True, slots=True)
class Verification:
    confidence: float
    """Probability that the phrase was said."""
    end: int | None = None
    """Where it ends, in samples; None if it is not known."""


class PhoneVerifier:
    """Compares the wake word's phones with a filler model of any phones."""

    def __init__(self, model: AcousticModel, phrase: PhonePhrase) -> None:
        self._model = model
        self._phrase = phrase

    @classmethod
    def load(cls, phrase: str, pronounce: Callable[[str], str] | None = None) -> PhoneVerifier:
        """Load the acoustic model; `pronounce` gives the IPA of words not in the dictionary.

        Raises:
            ModelLoadError: pocketsphinx is missing, or the phrase has no known pronunciation.
        """
        model = acoustic_model()
        return cls(model, PhonePhrase(model, pronunciations(phrase, pronounce)))

    def verify(self, samples: Samples, score: float) -> Verification:
        """Judge whether the phrase was said.

        `samples`: at RATE_HZ, containing the whole phrase, which ends in the last 0.6 s; `score`:
        the first-stage score.
        """
        fit = self.fit(samples)
        if fit is None:
            return Verification(0.0)
        total = _log_odds(fit, score)
        if total > _HOPELESS and (dry := self.fit(samples, dry=True)) is not None:
            total = (total + _log_odds(dry, score)) / 2
        return Verification(1.0 / (1.0 + exp(-max(-60.0, total))), fit.end)

    def fit(self, samples: Samples, *, dry: bool = False) -> PhoneFit | None:
        """None if the window is silent or too short."""
        sound = hear(self._model, samples, dry=dry)
        return None if sound is None else self._phrase.fit(sound)


def _log_odds(fit: PhoneFit, score: float) -> float:
    odds = log(max(score, 1e-3) / max(1.0 - score, 1e-3))
    return float(fit.evidence @ np.array(WEIGHTS)) + _BIAS + _SCORE * odds


def pronunciations(
    phrase: str, pronounce: Callable[[str], str] | None = None
) -> list[tuple[str, ...]]:
    """Phones of the phrase: by the dictionary, slurred, non-rhotic, with pauses.

    Raises:
        ModelLoadError: A word has no known pronunciation.
    """
    words = phrase.lower().split()
    known = look_up(words)
    for word in words:
        if word not in known:
            said = arpabet(pronounce(word)) if pronounce is not None else ""
            if not said:
                raise ModelLoadError(
                    f"wake.label = {phrase!r}: no pronunciation for {word!r}; "
                    "set `wake.verify = false`"
                )
            known[word] = [said]
    ways: list[tuple[str, ...]] = []
    for said_words in product(*(known[word] for word in words)):
        phones = " ".join(said_words).split()
        ways += [tuple(phones), tuple(_slurred(phones)), tuple(_without_r(phones))]
        if len(words) > 1:
            ways.append(tuple(f" {SILENCE} ".join(said_words).split()))
    return list(dict.fromkeys(ways))[:_MOST_WAYS]


def _slurred(phones: Sequence[str]) -> list[str]:
    """`in` as `an`."""
    return ["AH" if phone == "IH" else phone for phone in phones]


def _without_r(phones: Sequence[str]) -> list[str]:
    """Non-rhotic pronunciation: no r before a consonant."""
    following = [*phones[1:], "AA"]
    return [
        phone
        for phone, after in zip(phones, following, strict=True)
        if phone != "R" or after[0] in "AEIOU"
    ]
