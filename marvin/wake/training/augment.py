"""Turns clips into windows as a microphone may hear them: rooms, noise, loudness, cut-offs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from marvin.types import RATE_HZ, Samples
from marvin.wake.training.corpus import Clip, Corpus

_FFT = 32_768
_ROOM_S = 0.8

T = TypeVar("T")

# The word may have ended so long before the window does.
_LATEST_S = 0.5
_POSITIVE_SHARE = 0.35


@dataclass(frozen=True, slots=True)
class Sounds:
    """Real recordings: what a synthesiser cannot give."""

    speech: Sequence[Samples] = ()
    """People speaking, never saying the phrase."""
    noise: Sequence[Samples] = ()
    """Everything else that a room sounds of."""
    rooms: Sequence[Samples] = ()
    """Room impulse responses."""
    hard: Sequence[Samples] = ()
    """Pieces of the speech and the noise that an earlier model took for the phrase."""


class WindowMaker:
    """Draws windows of one corpus, endlessly."""

    def __init__(
        self,
        corpus: Corpus,
        sounds: Sounds,
        window_samples: int,
        rng: np.random.Generator,
        words: Sequence[Clip] = (),
        hardness: float = 1.0,
    ) -> None:
        self._corpus = corpus
        self._sounds = sounds
        self._words = words
        self._hardness = hardness
        self.stretch = 1.0
        """How much slower the last window is meant to be: synthesisers speak names fast."""
        self._window = window_samples
        self._rng = rng

    def batch(self, size: int) -> tuple[Samples, np.ndarray, list[float]]:
        """`size` windows, and a third more of single words where there are such clips.

        Returns:
            Windows, shape (n, samples), and labels, shape (n, 2): 1 where the phrase is whole in
            the window, and the index of its one word or -1; and how much slower each window is
            to be made, towards its end.
        """
        wanted = self._rng.random(size) < _POSITIVE_SHARE
        windows, stretches = [], []
        for phrase in wanted:
            self._draw_stretch()
            windows.append(self.positive() if phrase else self.negative())
            stretches.append(self.stretch)
        labels = [(int(phrase), -1) for phrase in wanted]
        for _ in range(size // 3 if self._words else 0):
            window, word = self.word()
            windows.append(window)
            stretches.append(1.0)
            # The phrase is the first of the words.
            labels.append((int(word == 0), word))
        return np.stack(windows), np.array(labels, np.int64), stretches

    def _draw_stretch(self) -> None:
        self.stretch = self._rng.uniform(1.0, 1.9) if self._chance(0.7) else 1.0

    def word(self) -> tuple[Samples, int]:
        """A window with one whole word, and its index."""
        clip = self._warped(self._pick(self._words))
        room = max(1, self._window - len(clip.samples))
        end = len(clip.samples) + self._between(0, min(room, round(_LATEST_S * RATE_HZ)))
        return self._finish(self._around(clip.samples, end)), clip.word

    def positive(self) -> Samples:
        """A window with the whole phrase, which ended at most `_LATEST_S` ago."""
        clip = self._warped(self._pick(self._corpus.positives))
        length = clip.end - clip.start
        self.stretch = float(np.clip(self.stretch, 1.0, max(1.0, 0.95 * self._window / length)))
        whole = round(self._window / self.stretch)
        room = min(whole - length, round(_LATEST_S * RATE_HZ / self.stretch))
        after = self._between(0, max(1, room))
        return self._finish(self._around(clip.samples, clip.end + after))

    def negative(self) -> Samples:
        """A window without the whole phrase."""
        kinds = ("near", "other", "real", "part", "sound")
        weights = (0.34, 0.14, 0.3, 0.14, 0.08)
        if self._sounds.hard:
            weights = (0.32, 0.12, 0.42, 0.09, 0.05)
        if not self._sounds.speech:
            weights = (0.44, 0.28, 0.0, 0.18, 0.1)
        kind = str(self._rng.choice(kinds, p=weights))
        if kind == "real":
            if self._sounds.hard and self._chance(0.45):
                piece = self._warp(self._pick(self._sounds.hard), self._factor())
                return self._finish(self._cut(piece))
            return self._finish(self._cut(self._any_speech(real=True)))
        if kind == "sound":
            return self._finish(np.zeros(self._window, np.float32), noise_only=True)
        if kind == "part":
            return self._finish(self._partial())
        clip = self._warped(
            self._pick(self._corpus.near if kind == "near" else self._corpus.others)
        )
        end = len(clip.samples)
        if end > self._window:
            end = self._between(self._window // 2, end + self._window // 4)
        else:
            end += self._between(0, max(1, min(self._window - end, RATE_HZ // 2)))
        return self._finish(self._around(clip.samples, end))

    def _partial(self) -> Samples:
        """A beginning or an end of the phrase."""
        clip = self._warped(self._pick(self._corpus.positives))
        length = clip.end - clip.start
        if self._chance(0.65):
            heard = round(length * self._rng.uniform(0.2, 0.62))
            samples = clip.samples[: clip.start + heard]
            # Cut off in mid-word, or followed by something else.
            if self._chance(0.4):
                return self._around(samples, len(samples))
            return self._around(samples, len(samples) + self._between(0, RATE_HZ // 2))
        lost = round(length * self._rng.uniform(0.45, 0.8))
        samples = clip.samples[clip.start + lost :]
        if self._chance(0.5):
            end = self._between(len(samples), self._window)
            return self._around(samples, end)
        end = max(clip.end - clip.start - lost, 1) + self._window - (length - lost)
        return self._around(samples, end)

    def _around(self, samples: Samples, end: int) -> Samples:
        """The window that ends at `end` of the samples, filled up with what may be around them."""
        window = np.zeros(self._window, np.float32)
        first = end - self._window
        source = samples[max(0, first) : max(0, end)]
        at = max(0, -first)
        window[at : at + len(source)] = source
        if at and self._chance(0.5):
            gap = self._between(0, min(at, RATE_HZ // 3) + 1)
            filler = self._cut(self._any_speech())[: at - gap]
            window[: len(filler)] += filler[-len(filler) or len(filler) :]
        tail = at + len(source)
        if tail < self._window and self._chance(0.35):
            gap = self._between(0, min(self._window - tail, RATE_HZ // 5) + 1)
            filler = self._cut(self._any_speech())[: self._window - tail - gap]
            window[self._window - len(filler) :] += filler
        return window

    def _finish(self, window: Samples, *, noise_only: bool = False) -> Samples:
        window = self._through_room(window)
        if noise_only or self._chance(0.85 * self._hardness):
            window = self._with_noise(window, noise_only)
        if self._chance(0.1 * self._hardness):
            limit = np.abs(window).max() * self._rng.uniform(0.2, 0.8)
            window = np.clip(window, -limit, limit)
        peak = float(np.abs(window).max()) or 1.0
        loudness = 10 ** self._rng.uniform(-2.2, 0.0)
        window = window * np.float32(loudness / peak)
        if self._chance(0.15):
            steps = 2 ** int(self._rng.integers(7, 12))
            window = np.round(window * steps) / np.float32(steps)
        if self._chance(0.06):
            # A stream that has just begun: nothing before.
            window[: self._between(0, self._window // 3)] = 0.0
        return window.astype(np.float32)

    def _through_room(self, window: Samples) -> Samples:
        """Reverberation and the frequency response of a cheap microphone, in one pass."""
        spectrum = np.fft.rfft(window, _FFT)
        if self._chance(0.6 * self._hardness):
            spectrum = spectrum * np.fft.rfft(self._room(), _FFT)
        hz = np.linspace(0.0, RATE_HZ / 2, len(spectrum))
        knots = np.array([0, 150, 400, 1000, 2000, 3000, 4500, 6000, 8000], float)
        gains_db = np.cumsum(self._rng.normal(0.0, 2.2 * self._hardness, len(knots)))
        gains_db -= gains_db.mean()
        if self._chance(0.25 * self._hardness):
            gains_db[knots >= self._rng.uniform(3000, 7000)] -= 35
        if self._chance(0.3 * self._hardness):
            gains_db[knots <= self._rng.uniform(100, 500)] -= 20
        # Single precision throughout: it halves the time of a window.
        spectrum *= (10 ** (np.interp(hz, knots, gains_db) / 20)).astype(np.float32)
        return np.fft.irfft(spectrum, _FFT)[: self._window].astype(np.float32)

    def _room(self) -> Samples:
        if self._sounds.rooms and self._chance(0.5):
            room: Samples = self._pick(self._sounds.rooms)
            first = max(0, int(np.abs(room).argmax()) - 8)
            room = room[first : first + round(_ROOM_S * RATE_HZ)]
            return np.asarray(room / (np.sqrt((room**2).sum()) + 1e-9), np.float32)
        time_s = np.arange(round(_ROOM_S * RATE_HZ)) / RATE_HZ
        decay = np.exp(-6.9 * time_s / self._rng.uniform(0.12, 0.8))
        tail = self._rng.standard_normal(len(time_s), np.float32) * decay
        tail *= 10 ** (self._rng.uniform(-18, 1) / 20) / np.sqrt((tail**2).sum())
        tail[0] += 1.0
        return np.asarray(tail, np.float32)

    def _with_noise(self, window: Samples, noise_only: bool) -> Samples:
        noise = self._noise()
        level = float(np.sqrt((window**2).mean()))
        own = float(np.sqrt((noise**2).mean())) + 1e-9
        if noise_only or level < 1e-6:
            return window + noise * np.float32(0.1 / own)
        snr_db = self._rng.uniform(0.0, 35.0) if self._chance(0.8) else self._rng.uniform(-3, 8)
        return window + noise * np.float32(level / own * 10 ** (-snr_db / 20))

    def _noise(self) -> Samples:
        kind = self._rng.random()
        if kind < 0.5 and self._sounds.noise:
            return self._cut(self._pick(self._sounds.noise))
        if kind < 0.68:
            voices = [self._cut(self._any_speech()) for _ in range(self._between(1, 4))]
            return np.asarray(np.sum(voices, axis=0), np.float32)
        white = np.fft.rfft(self._rng.standard_normal(self._window, np.float32))
        hz = np.arange(1, len(white) + 1, dtype=np.float32)
        slope = np.float32(self._rng.uniform(-0.2, 1.2))
        coloured = np.fft.irfft(white * hz**-slope, self._window)
        return np.asarray(coloured, np.float32)

    def _any_speech(self, real: bool = False) -> Samples:
        if self._sounds.speech and (real or self._chance(0.6)):
            speech = self._pick(self._sounds.speech)
            length = self._window * 4 // 3
            first = self._between(0, max(1, len(speech) - length))
            return self._warp(speech[first : first + length], self._factor())
        return self._pick(self._corpus.others).samples

    def _warped(self, clip: Clip) -> Clip:
        """The clip with another voice: pitch, formants and tempo shifted together."""
        factor = self._factor()
        start, end = (-1, -1) if not clip.positive else (clip.start, clip.end)
        samples = self._warp(clip.samples, factor)
        return Clip(
            samples, round(start / factor) if start > 0 else start, round(end / factor), clip.word
        )

    def _factor(self) -> float:
        return float(np.clip(np.exp(self._rng.normal(0.0, 0.13)), 0.74, 1.38))

    def _warp(self, samples: Samples, factor: float) -> Samples:
        at = np.arange(0, len(samples) - 1, factor)
        return np.asarray(np.interp(at, np.arange(len(samples)), samples), np.float32)

    def _cut(self, sound: Samples) -> Samples:
        """A window from anywhere in the sound, repeated when it is too short."""
        if len(sound) < self._window:
            empty = np.zeros(self._window, np.float32)
            sound = np.resize(sound, self._window) if len(sound) else empty
        first = self._between(0, len(sound) - self._window + 1)
        return np.asarray(sound[first : first + self._window], np.float32)

    def _pick(self, items: Sequence[T]) -> T:
        return items[int(self._rng.integers(len(items)))]

    def _between(self, low: int, high: int) -> int:
        return int(self._rng.integers(low, max(low + 1, high)))

    def _chance(self, probability: float) -> bool:
        return bool(self._rng.random() < probability)
