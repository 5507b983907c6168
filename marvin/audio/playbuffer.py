"""The playback buffer between the event loop and PortAudio's thread."""

import threading
from collections import deque

import numpy as np

from marvin.pcm import fade_in, fade_out
from marvin.types import Samples

_RAMP_S = 0.03
"""Duration of a full volume ramp from 0 to 1, in seconds: a step would click."""
_FADE_S = 0.01
"""Fade before a cut or a pause, in seconds."""
_AGAIN_S = 0.6
"""Most that is played again after a pause, in seconds: the word that was broken off."""
_GAP_S = 0.02
"""Length of the gap between two words, in seconds."""


class PlayBuffer:
    """A thread-safe FIFO of samples with a volume; the lock is only held while copying."""

    def __init__(self, rate_hz: int, volume: float) -> None:
        self._lock = threading.Lock()
        self._blocks: deque[Samples] = deque()
        self._held = 0
        self._taken: deque[Samples] = deque()
        """The last that was taken, before the volume."""
        self._paused = False
        self._tail: deque[Samples] = deque()
        """What is still played in a pause: its fade."""
        self._most_taken = round(_AGAIN_S * rate_hz)
        self._gap = round(_GAP_S * rate_hz)
        self._step = 1 / (_RAMP_S * rate_hz)
        self._fade = round(_FADE_S * rate_hz)
        self._gain = volume
        self._volume = volume

    @property
    def held(self) -> int:
        """Samples in the buffer."""
        return self._held

    def put(self, samples: Samples) -> None:
        if len(samples) == 0:
            return
        with self._lock:
            self._blocks.append(samples)
            self._held += len(samples)

    def take(self, count: int) -> tuple[Samples, int]:
        """`count` samples, zero-padded, and how many of them came from the buffer."""
        out = np.zeros(count, np.float32)
        at = 0
        with self._lock:
            blocks = self._tail if self._paused else self._blocks
            while at < count and blocks:
                block = blocks.popleft()
                part = min(len(block), count - at)
                out[at : at + part] = block[:part]
                if part < len(block):
                    blocks.appendleft(block[part:])
                at += part
            if at and not self._paused:
                self._held -= at
                self._remember(out[:at].copy())
        self._apply_volume(out, at)
        # A pause is part of the speech: an echo canceller would lose its place.
        return out, count if self._paused else at

    def _remember(self, samples: Samples) -> None:
        self._taken.append(samples)
        while sum(map(len, self._taken)) - len(self._taken[0]) >= self._most_taken:
            self._taken.popleft()

    def set_paused(self, paused: bool) -> None:
        """Fade out and hold the rest; or go on, from the last gap between two words, so that none
        is heard in halves."""
        with self._lock:
            if paused and not self._paused:
                tail = self._first(self._fade)
                self._tail = deque([fade_out(tail, len(tail))])
            elif self._paused and not paused:
                self._rewind()
            self._paused = paused

    def _rewind(self) -> None:
        if self._held and self._taken:
            taken = np.concatenate(self._taken)[-self._most_taken :]
            again = fade_in(taken[_quietest(taken, self._gap) :], self._fade)
            self._blocks.appendleft(again)
            self._held += len(again)
        self._taken.clear()

    def _first(self, count: int) -> Samples:
        """A copy of the first samples."""
        found: list[Samples] = [np.zeros(0, np.float32)]
        for block in self._blocks:
            found.append(block[:count])
            count -= len(found[-1])
            if count == 0:
                break
        return np.concatenate(found)

    def rest(self) -> Samples:
        """Remove and return everything."""
        with self._lock:
            rest = np.concatenate((np.zeros(0, np.float32), *self._blocks))
            self._clear()
        return rest

    def cut(self) -> None:
        """Drop everything but a short fade. Ends a pause."""
        with self._lock:
            tail = self._first(0 if self._paused else self._fade)
            self._clear()
            if len(tail):
                self._blocks.append(fade_out(tail, len(tail)))
                self._held = len(tail)

    def _clear(self) -> None:
        self._blocks.clear()
        self._taken.clear()
        self._held, self._paused = 0, False

    def set_volume(self, volume: float) -> None:
        """`volume` is in [0, 1]."""
        self._volume = volume

    def _apply_volume(self, out: Samples, played: int) -> None:
        goal = self._volume
        if played == 0 or self._gain == goal:
            self._gain = goal
            out *= np.float32(goal)
            return
        step = self._step if goal > self._gain else -self._step
        ramp = self._gain + step * np.arange(1, len(out) + 1)
        ramp = np.minimum(ramp, goal) if step > 0 else np.maximum(ramp, goal)
        out *= ramp.astype(np.float32)
        self._gain = float(ramp[-1])


def _quietest(samples: Samples, window: int) -> int:
    """The middle of the quietest window."""
    if len(samples) < window:
        return 0
    energy = np.cumsum(np.square(samples, dtype=np.float64))
    return int((energy[window - 1 :] - np.pad(energy, (1, 0))[:-window]).argmin()) + window // 2
