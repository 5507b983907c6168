"""Simulates rooms, noise, microphones, levels and clipping."""

from collections.abc import Callable, Sequence

import numpy as np

from marvin.types import RATE_HZ, Samples

_FFT = 32_768
_ROOM_S = 0.8


class Acoustics:
    """Draws random recording conditions.

    `hardness`: from 0 (nearly clean) to 1; `babble` returns other voices of the window's length.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        rooms: Sequence[Samples],
        noise: Sequence[Samples],
        babble: Callable[[], Samples],
        hardness: float,
    ) -> None:
        self._rng, self._rooms, self._noises = rng, rooms, noise
        self._babble, self._hardness = babble, hardness

    def record(self, window: Samples, *, noise_only: bool = False) -> Samples:
        """The window, shape (samples,), as recorded by a microphone."""
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
            # A stream that has just begun.
            window[: int(self._rng.integers(0, len(window) // 3))] = 0.0
        return window.astype(np.float32)

    def _through_room(self, window: Samples) -> Samples:
        """Reverberation and a cheap microphone's frequency response, in one convolution."""
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
        # Single precision halves the time.
        spectrum *= (10 ** (np.interp(hz, knots, gains_db) / 20)).astype(np.float32)
        return np.fft.irfft(spectrum, _FFT)[: len(window)].astype(np.float32)

    def _room(self) -> Samples:
        if self._rooms and self._chance(0.5):
            return from_direct_sound(self._rooms[int(self._rng.integers(len(self._rooms)))])
        time_s = np.arange(round(_ROOM_S * RATE_HZ)) / RATE_HZ
        decay = np.exp(-6.9 * time_s / self._rng.uniform(0.12, 0.8))
        tail = self._rng.standard_normal(len(time_s), np.float32) * decay
        tail *= 10 ** (self._rng.uniform(-18, 1) / 20) / np.sqrt((tail**2).sum())
        tail[0] += 1.0
        return np.asarray(tail, np.float32)

    def _with_noise(self, window: Samples, noise_only: bool) -> Samples:
        noise = self._noise(len(window))
        level = float(np.sqrt((window**2).mean()))
        own = float(np.sqrt((noise**2).mean())) + 1e-9
        if noise_only or level < 1e-6:
            return window + noise * np.float32(0.1 / own)
        snr_db = self._rng.uniform(0.0, 35.0) if self._chance(0.8) else self._rng.uniform(-3, 8)
        return window + noise * np.float32(level / own * 10 ** (-snr_db / 20))

    def _noise(self, length: int) -> Samples:
        kind = self._rng.random()
        if kind < 0.5 and self._noises:
            noise = self._noises[int(self._rng.integers(len(self._noises)))]
            return cut(noise, length, self._rng)
        if kind < 0.68:
            voices = [self._babble() for _ in range(int(self._rng.integers(1, 4)))]
            return np.asarray(np.sum(voices, axis=0), np.float32)
        white = np.fft.rfft(self._rng.standard_normal(length, np.float32))
        hz = np.arange(1, len(white) + 1, dtype=np.float32)
        slope = np.float32(self._rng.uniform(-0.2, 1.2))
        coloured = np.fft.irfft(white * hz**-slope, length)
        return np.asarray(coloured, np.float32)

    def _chance(self, probability: float) -> bool:
        return bool(self._rng.random() < probability)


def in_room(clip: Samples, room: Samples) -> Samples:
    """The clip with the room's reverberation, which outlasts it."""
    length = len(clip) + len(room) - 1
    spectrum = np.fft.rfft(clip, length) * np.fft.rfft(room, length)
    heard = np.fft.irfft(spectrum, length).astype(np.float32)
    # Scale down instead of clipping.
    peak = float(np.abs(heard).max(initial=0.0))
    return heard / np.float32(peak) if peak > 1.0 else heard


def from_direct_sound(room: Samples) -> Samples:
    """A measured impulse response of energy 1, from the direct sound on."""
    first = max(0, int(np.abs(room).argmax()) - 8)
    room = room[first : first + round(_ROOM_S * RATE_HZ)]
    return np.asarray(room / (np.sqrt((room**2).sum()) + 1e-9), np.float32)


def cut(sound: Samples, length: int, rng: np.random.Generator) -> Samples:
    """A random piece of the sound, repeated if too short."""
    if len(sound) < length:
        sound = np.resize(sound, length) if len(sound) else np.zeros(length, np.float32)
    first = int(rng.integers(0, len(sound) - length + 1))
    return np.asarray(sound[first : first + length], np.float32)
