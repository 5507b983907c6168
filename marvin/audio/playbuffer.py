"""The playback buffer between the event loop and PortAudio's thread."""

import threading
from collections import deque

import numpy as np

from marvin.pcm import fade_out
from marvin.types import Samples

_RAMP_S = 0.03
"""Duration of a full volume ramp from 0 to 1, in seconds: a step would click."""
_FADE_S = 0.01
"""Fade before a cut, in seconds."""


class PlayBuffer:
    """A thread-safe FIFO of samples with a volume; the lock is only held while copying."""

    def __init__(self, rate_hz: int, volume: float) -> None:
        self._lock = threading.Lock()
        self._blocks: deque[Samples] = deque()
        self._held = 0
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
            while at < count and self._blocks:
                block = self._blocks.popleft()
                part = min(len(block), count - at)
                out[at : at + part] = block[:part]
                if part < len(block):
                    self._blocks.appendleft(block[part:])
                at += part
            self._held -= at
        self._apply_volume(out, at)
        return out, at

    def rest(self) -> Samples:
        """Remove and return everything."""
        with self._lock:
            rest = np.concatenate((np.zeros(0, np.float32), *self._blocks))
            self._blocks.clear()
            self._held = 0
        return rest

    def cut(self) -> None:
        """Drop everything but a short fade."""
        with self._lock:
            kept: list[Samples] = []
            while self._blocks and sum(map(len, kept)) < self._fade:
                kept.append(self._blocks.popleft())
            self._blocks.clear()
            self._held = 0
            if kept:
                tail = np.concatenate(kept)[: self._fade]
                self._blocks.append(fade_out(tail, len(tail)))
                self._held = len(tail)

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
