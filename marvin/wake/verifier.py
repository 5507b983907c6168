"""A second look at what may be the wake word, by an acoustic model that knows real voices.

The shipped model is trained on synthetic voices: real ones score lower, and chance resemblances
higher than they should. pocketsphinx's phone models were trained on people; how well the word's
phones fit the sound, and whether they get the time that phones take, tells most of these apart.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log
from typing import TYPE_CHECKING

from marvin.errors import ModelLoadError
from marvin.sphinx.decoder import align, decode, levelled_pcm, open_decoder
from marvin.sphinx.pronunciation import PHONES, arpabet
from marvin.types import RATE_HZ, Samples

if TYPE_CHECKING:
    from pocketsphinx import Decoder

HEARD_SAMPLES = round(1.6 * RATE_HZ)
"""Audio that the second look takes: the word, and what is around it."""

_SEARCH = "wake"
_STRANGE = 1e-3
"""Chance of each phone of anything else before and after the word, against the word's."""
_MARK = "wake~"
"""Begins the names of the word's pronunciations in the decoder."""

_FIT, _LENGTH, _SCORE, _BIAS = 0.47, 1.33, 1.0, -2.55
"""Weights of the mean phone score, of the logarithm of the word's frames and of the log odds of
the first look's score; a confidence of 0.5 is where 3 % of the false candidates pass. From
`python -m marvin.wake.training.second_look`."""


class PhoneVerifier:
    """Looks for the phones of the wake word among those of anything else."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    @classmethod
    def load(cls, phrase: str, pronounce: Callable[[str], str] | None = None) -> PhoneVerifier:
        """Load the acoustic model; `pronounce` gives the IPA of words not in the dictionary.

        Raises:
            ModelLoadError: pocketsphinx is missing, or nobody knows how the phrase is pronounced.
        """
        decoder = open_decoder()
        names: list[str] = []
        for phones in _pronunciations(decoder, phrase, pronounce):
            names.append(f"{_MARK}{len(names)}")
            decoder.add_word(names[-1], phones, False)
        for phone in PHONES:
            decoder.add_word(f"any~{phone}", phone, False)
        anything = [
            (state, state, _STRANGE, f"any~{phone}") for state in (0, 1) for phone in PHONES
        ]
        word = [(0, 1, 1.0, name) for name in names]
        decoder.add_fsg(_SEARCH, decoder.create_fsg(_SEARCH, 0, 1, anything + word))
        return cls(decoder)

    def confidence(self, samples: Samples, score: float) -> float:
        """That the phrase was said, in [0, 1].

        `samples`: shape (samples,), at RATE_HZ, with the whole phrase; `score`: what the first
        look made of it.
        """
        evidence = self.evidence(samples)
        if evidence is None:
            return 0.0
        fit, length = evidence
        odds = log(max(score, 1e-3) / max(1.0 - score, 1e-3))
        return 1.0 / (1.0 + exp(-(_BIAS + _FIT * fit + _LENGTH * length + _SCORE * odds)))

    def evidence(self, samples: Samples) -> tuple[float, float] | None:
        """Mean score of the phrase's phones and logarithm of its frames; None: it is not there."""
        pcm = levelled_pcm(samples)
        if pcm is None:
            return None
        self._decoder.activate_search(_SEARCH)
        decode(self._decoder, pcm)
        if self._decoder.seg() is None:
            return None
        for name, word in align(self._decoder, pcm):
            if name.startswith(_MARK):
                fit = sum(phone.score for phone in word.phones) / len(word.phones)
                return fit, log(sum(phone.frames for phone in word.phones))
        return None


def _pronunciations(
    decoder: Decoder, phrase: str, pronounce: Callable[[str], str] | None
) -> list[str]:
    """Phones of the phrase: as the dictionary has it, slurred (`in` as `an`), without its r."""
    phones: list[str] = []
    for word in phrase.lower().split():
        known = decoder.lookup_word(word)
        if known is None and pronounce is not None:
            known = arpabet(pronounce(word))
        if not known:
            raise ModelLoadError(
                f"wake.label = {phrase!r}: no pronunciation for {word!r}; set `wake.verify = false`"
            )
        phones += known.split()
    slurred = ["AH" if phone == "IH" else phone for phone in phones]
    # As half of England says it: no r before a consonant.
    following = [*phones[1:], "AA"]
    without_r = [
        p for p, after in zip(phones, following, strict=True) if p != "R" or after[0] in "AEIOU"
    ]
    return list(dict.fromkeys(" ".join(way) for way in (phones, slurred, without_r)))
