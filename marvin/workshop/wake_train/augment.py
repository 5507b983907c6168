"""Turns clips into training windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from marvin.types import RATE_HZ, Samples
from marvin.workshop.wake_train.corpus import Clip, Corpus
from marvin.workshop.wake_train.phones import HOP_SAMPLES, SILENCE, UNKNOWN, Labels, unknown
from marvin.workshop.wake_train.room_acoustics import Acoustics

T = TypeVar("T")

# Longest time from the end of the phrase to the end of the window.
_LATEST_S = 0.5
_POSITIVE_SHARE = 0.35
_PERSONAL_SHARE = 0.35


@dataclass(frozen=True, slots=True)
class Sounds:
    """Real recordings."""

    speech: Sequence[Clip] = ()
    """Speech without the phrase."""
    noise: Sequence[Samples] = ()
    """Noise and music."""
    rooms: Sequence[Samples] = ()
    """Room impulse responses."""
    personal: Sequence[Clip] = ()
    """The phrase said by the user."""


@dataclass(frozen=True, slots=True)
class Window:
    """A model input with its targets."""

    samples: Samples
    """Shape (samples,)."""
    phones: Labels
    """The phone in each HOP_SAMPLES."""
    phrase: bool = False
    """Whether it contains the whole phrase."""
    word: int = -1
    """Index of its only word in the vocabulary, if any."""
    stretch: float = 1.0
    """How much to slow down its end, because synthesisers speak names fast."""


class WindowMaker:
    """Draws random windows from a corpus."""

    def __init__(
        self,
        corpus: Corpus,
        sounds: Sounds,
        window_samples: int,
        rng: np.random.Generator,
        words: Sequence[Clip] = (),
        hardness: float = 1.0,
    ) -> None:
        self._corpus, self._sounds, self._words = corpus, sounds, words
        self._window = window_samples
        self._rng = rng
        self._acoustics = Acoustics(
            rng, sounds.rooms, sounds.noise, lambda: self._anywhere(self._speech()).samples,
            hardness,
        )  # fmt: skip

    def batch(self, size: int) -> list[Window]:
        """`size` windows, plus a third more of single words if there are such clips."""
        wanted = self._rng.random(size) < _POSITIVE_SHARE
        windows = [self.positive() if phrase else self.negative() for phrase in wanted]
        return windows + [self.word() for _ in range(size // 3 if self._words else 0)]

    def word(self) -> Window:
        """A window with one whole word."""
        clip = self._warped(self._pick(self._words))
        room = max(1, self._window - len(clip.samples))
        end = len(clip.samples) + self._between(0, min(room, round(_LATEST_S * RATE_HZ)))
        return replace(self._recorded(self._around(clip, end)), word=clip.word)

    def positive(self) -> Window:
        """A window with the whole phrase, which ends within the last `_LATEST_S`."""
        own = self._sounds.personal
        said = own if own and self._chance(_PERSONAL_SHARE) else self._corpus.positives
        clip = self._warped(self._pick(said))
        length = clip.end - clip.start
        longest = max(1.0, 0.95 * self._window / length)
        stretch = float(np.clip(self._stretch(), 1.0, longest))
        whole = round(self._window / stretch)
        room = min(whole - length, round(_LATEST_S * RATE_HZ / stretch))
        after = self._between(0, max(1, room))
        window = self._recorded(self._around(clip, clip.end + after))
        return replace(window, phrase=True, stretch=stretch)

    def negative(self) -> Window:
        """A window without the whole phrase."""
        kinds = ("near", "other", "real", "part", "sound")
        weights = (0.34, 0.14, 0.3, 0.14, 0.08)
        if not self._sounds.speech:
            weights = (0.44, 0.28, 0.0, 0.18, 0.1)
        kind = str(self._rng.choice(kinds, p=weights))
        stretch = self._stretch()
        if kind == "sound":
            silent = Clip(np.zeros(self._window, np.float32))
            window = self._recorded(silent, noise_only=True)
        elif kind == "part":
            window = self._recorded(self._partial())
        elif kind == "real":
            window = self._recorded(self._anywhere(self._warped(self._real_speech())))
        else:
            window = self._recorded(self._spoken(near=kind == "near"))
        return replace(window, stretch=stretch)

    def _spoken(self, *, near: bool) -> Clip:
        clip = self._warped(self._pick(self._corpus.near if near else self._corpus.others))
        end = len(clip.samples)
        if end > self._window:
            end = self._between(self._window // 2, end + self._window // 4)
        else:
            end += self._between(0, max(1, min(self._window - end, RATE_HZ // 2)))
        return self._around(clip, end)

    def _partial(self) -> Clip:
        """A beginning or an end of the phrase."""
        clip = self._warped(self._pick(self._corpus.positives))
        length = clip.end - clip.start
        if self._chance(0.65):
            heard = piece(clip, 0, clip.start + round(length * self._rng.uniform(0.2, 0.62)))
            # Cut off in mid-word, or followed by other sound.
            after = 0 if self._chance(0.4) else self._between(0, RATE_HZ // 2)
            return self._around(heard, len(heard.samples) + after)
        lost = round(length * self._rng.uniform(0.45, 0.8))
        rest = piece(clip, clip.start + lost, len(clip.samples))
        if self._chance(0.5):
            return self._around(rest, self._between(len(rest.samples), self._window))
        return self._around(rest, self._window)

    def _around(self, clip: Clip, end: int) -> Clip:
        """The window that ends at `end` of the clip, padded with other sound."""
        first = end - self._window
        source = piece(clip, max(0, first), min(max(0, end), len(clip.samples)))
        at = max(0, -first)
        samples = np.zeros(self._window, np.float32)
        phones = np.full(-(-self._window // HOP_SAMPLES), SILENCE, np.int8)
        _put(samples, phones, source, at)
        if at and self._chance(0.5):
            gap = self._between(0, min(at, RATE_HZ // 3) + 1)
            filler = self._anywhere(self._speech())
            _put(samples, phones, piece(filler, self._window - at + gap, self._window), 0)
        tail = at + len(source.samples)
        if tail < self._window and self._chance(0.35):
            gap = self._between(0, min(self._window - tail, RATE_HZ // 5) + 1)
            filler = piece(self._anywhere(self._speech()), 0, self._window - tail - gap)
            _put(samples, phones, filler, tail + gap)
        return Clip(samples, phones=phones)

    def _recorded(self, clip: Clip, *, noise_only: bool = False) -> Window:
        samples = self._acoustics.record(clip.samples, noise_only=noise_only)
        return Window(samples, _labels(clip))

    def _speech(self) -> Clip:
        """Real or synthetic speech."""
        if self._sounds.speech and self._chance(0.6):
            return self._warped(self._real_speech())
        return self._pick(self._corpus.others)

    def _real_speech(self) -> Clip:
        speech = self._pick(self._sounds.speech)
        length = self._window * 4 // 3
        first = self._between(0, max(1, len(speech.samples) - length))
        return piece(speech, first, first + length)

    def _warped(self, clip: Clip) -> Clip:
        """The clip resampled: pitch, formants and tempo shift together."""
        factor = float(np.clip(np.exp(self._rng.normal(0.0, 0.13)), 0.74, 1.38))
        count = len(clip.samples)
        at = np.arange(0, count - 1, factor)
        samples = np.interp(at, np.arange(count), clip.samples).astype(np.float32)
        phones = _labels(clip)
        hops = np.arange(-(-len(samples) // HOP_SAMPLES)) * factor
        return Clip(
            samples,
            round(clip.start / factor) if clip.positive else -1,
            round(clip.end / factor) if clip.positive else -1,
            clip.word,
            phones[np.minimum(hops.astype(int), len(phones) - 1)],
        )

    def _anywhere(self, clip: Clip) -> Clip:
        """A random window of the clip, repeated if too short."""
        length = len(clip.samples)
        if length < self._window:
            times = -(-self._window // max(1, length))
            samples = np.tile(clip.samples, times) if length else np.zeros(self._window, np.float32)
            return Clip(samples[: self._window])
        first = self._between(0, length - self._window + 1)
        return piece(clip, first, first + self._window)

    def _stretch(self) -> float:
        return float(self._rng.uniform(1.0, 1.9)) if self._chance(0.7) else 1.0

    def _pick(self, items: Sequence[T]) -> T:
        return items[int(self._rng.integers(len(items)))]

    def _between(self, low: int, high: int) -> int:
        return int(self._rng.integers(low, max(low + 1, high)))

    def _chance(self, probability: float) -> bool:
        return bool(self._rng.random() < probability)


def _labels(clip: Clip) -> Labels:
    """The clip's phones, one per hop."""
    labels = unknown(max(1, len(clip.samples)))
    labels[: len(clip.phones)] = clip.phones[: len(labels)]
    return labels


def piece(clip: Clip, first: int, last: int) -> Clip:
    """Part of the clip, with labels accurate to half a hop."""
    hop = round(first / HOP_SAMPLES)
    samples = clip.samples[first:last]
    return Clip(samples, phones=_labels(clip)[hop : hop - (-len(samples) // HOP_SAMPLES)])


def _put(samples: Samples, phones: Labels, clip: Clip, at: int) -> None:
    """Write the clip into a window at sample `at`."""
    samples[at : at + len(clip.samples)] = clip.samples
    first = round(at / HOP_SAMPLES)
    room = phones[first : first - (-len(clip.samples) // HOP_SAMPLES)]
    room[:] = UNKNOWN
    labels = _labels(clip)[: len(room)]
    if len(clip.samples):
        room[: len(labels)] = labels
