"""Acoustic evidence for a phrase, phone by phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marvin.backends.sphinx.acoustics import SILENCE, STATES, AcousticModel, Densities, Scores
from marvin.backends.sphinx.cepstra import (
    FRAME_SAMPLES,
    STEP_SAMPLES,
    Cepstra,
    cepstra,
    with_slopes,
)
from marvin.backends.sphinx.decoder import levelled_pcm
from marvin.backends.sphinx.spotting import Filler, SpottedPhrase, filler, spot
from marvin.types import RATE_HZ, Samples

_LATEST_FRAMES = 60
"""The phrase ends within this many frames from the end of the window."""
_SHORTEST_SAMPLES = FRAME_SAMPLES + round(0.2 * RATE_HZ)
_SPEECH_MEAN = np.array(
    [49.2, 2.89, -1.53, 10.55, -2.59, 0.38, -6.9, -3.05, -2.79, -0.97, 0.18, -1.95, 0.54]
)
"""Mean cepstra of level-normalised LibriSpeech, a prior for cepstral mean subtraction: the mean of
a window with one word would mostly reflect that word's phones."""
_WINDOW_SHARE, _LOUD_SHARE, _SPEECH_SHARE = 0.35, 0.35, 0.3
"""Weights of the window's mean, the mean of its loud frames, and `_SPEECH_MEAN`."""
_LOUD = 0.35
"""Top fraction of the level range that counts as loud."""
_TEMPO_SHARE = 0.7
"""How far a phone's duration follows the tempo of the phrase."""

Row = NDArray[np.float64]
"""Evidence, shape (len(NAMES),), clipped to LOWEST and HIGHEST: no single feature decides."""

NAMES = ("margin", "fit", "weak", "length", "rhythm", "phones")
"""margin: log likelihood ratio against any other phones, per phone. fit: mean over the phones of
the log likelihood relative to the best phone in each frame; weak: that of the second worst phone.
length: log of the duration relative to these phones' average; rhythm: minus the mean square of the
same per phone, with most of the tempo removed. phones: their number, since many phones rarely
match by chance."""
LOWEST = np.array([-10.0, -6.0, -9.0, -1.2, -1.0, 3.0])
HIGHEST = np.array([20.0, 0.0, 0.0, 0.3, 0.0, 10.0])


@dataclass(frozen=True, slots=True)
class Sound:
    """Acoustic model output for a window, independent of the phrase."""

    densities: Densities
    any_phones: Scores
    """Shape (frames, phones, STATES)."""
    anything: Filler


@dataclass(frozen=True, slots=True)
class PhoneFit:
    """Where a phrase fits a window best."""

    evidence: Row
    """One number per NAMES."""
    end: int
    """Where the phrase ends in the window, in samples."""


class PhonePhrase:
    """A phrase with all its pronunciations."""

    def __init__(self, model: AcousticModel, ways: Sequence[Sequence[str]]) -> None:
        self._model = model
        self._ways = ways
        states = [model.senones(list(phones)) for phones in ways]
        self._lengths = [len(chain) for chain in states]
        self._senones, self._order = np.unique(np.concatenate(states), return_inverse=True)

    def fit(self, sound: Sound) -> PhoneFit | None:
        """None if the window is too short for the phrase."""
        scores = self._model.scores(sound.densities, self._senones)[:, self._order]
        places = spot(sound.anything, scores, self._lengths, _LATEST_FRAMES)
        if not places:
            return None
        place = max(places, key=lambda place: place.margin / len(self._ways[place.chain]))
        first = sum(self._lengths[: place.chain])
        scores = scores[:, first : first + self._lengths[place.chain]]
        row = self._row(sound.any_phones, scores, self._ways[place.chain], place)
        # The boundary is halfway between the middles of two frames.
        end = int(place.starts[-1]) * STEP_SAMPLES + (FRAME_SAMPLES - STEP_SAMPLES) // 2
        return PhoneFit(np.asarray(np.clip(row, LOWEST, HIGHEST)), end)

    def evidence(self, sounds: Sequence[Sound | None]) -> Row | None:
        """The mean evidence of a window heard in several ways; None if there is none."""
        fits = [self.fit(sound) for sound in sounds if sound is not None]
        rows = [fit.evidence for fit in fits if fit is not None]
        return np.asarray(np.mean(rows, axis=0)) if rows else None

    def _row(
        self, any_phones: Scores, scores: Scores, way: Sequence[str], place: SpottedPhrase
    ) -> Row:
        frames = np.arange(place.starts[0], place.starts[-1])
        state = np.repeat(np.arange(scores.shape[1]), np.diff(place.starts))
        below = scores[frames, state] - any_phones[frames].max(axis=(1, 2))
        spoken = np.array([name != SILENCE for name in way])
        took = np.bincount(state // STATES)
        fits = (np.bincount(state // STATES, below) / took)[spoken]
        took = took[spoken]
        usual = np.array([self._model.mean_frames[name] for name in way])[spoken]
        length = np.log(took.sum() / usual.sum())
        rhythm = -np.mean((np.log(took / usual) - _TEMPO_SHARE * length) ** 2)
        weak = np.sort(fits)[min(1, len(fits) - 1)]
        margin = place.margin / len(took)
        return np.array([margin, fits.mean(), weak, length, rhythm, len(took)])


def hear_both(model: AcousticModel, samples: Samples) -> list[Sound | None]:
    """A window as recorded, and without its late reverberation."""
    return [hear(model, samples, dry=dry) for dry in (False, True)]


def hear(model: AcousticModel, samples: Samples, *, dry: bool = False) -> Sound | None:
    """`samples` is at RATE_HZ; None if it is silent or too short. `dry`: without the late
    reverberation."""
    pcm = levelled_pcm(samples)
    if pcm is None or len(samples) < _SHORTEST_SAMPLES:
        return None
    features = cepstra(np.frombuffer(pcm, "<i2").astype(np.float64), dry=dry)
    densities = model.densities(with_slopes(features - _channel(features)))
    alone = model.alone()
    any_phones = model.scores(densities, alone.ravel()).reshape(-1, *alone.shape)
    return Sound(densities, any_phones, filler(any_phones))


def _channel(features: Cepstra) -> NDArray[np.float64]:
    """Cepstral mean of the microphone and the voice, shape (13,)."""
    level = features[:, 0]
    low, high = np.percentile(level, (5, 95))
    loud = features[level >= high - _LOUD * (high - low)]
    return np.asarray(
        _WINDOW_SHARE * features.mean(axis=0)
        + _LOUD_SHARE * loud.mean(axis=0)
        + _SPEECH_SHARE * _SPEECH_MEAN
    )
