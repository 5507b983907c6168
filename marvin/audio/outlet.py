"""Feeds an open speaker from a buffer in PortAudio's callback."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marvin.audio.playbuffer import PlayBuffer
from marvin.audio.soundsystem import OpenStream
from marvin.boundary.hanging import post
from marvin.types import AudioChunk, Samples

_FILL_S = 0.15
"""A newly opened device takes its first buffer within this time, in seconds."""
_FLOWING_S = 2.2
"""It takes more audio within this time, in seconds: virtual devices do so every 2 s."""
_RECENT_S = 1.0
"""A device that has taken no audio for this long, in seconds, is not playing."""


class PlaybackTap:
    """Passes on what a loudspeaker plays."""

    def __init__(self) -> None:
        self.listener: Callable[[AudioChunk, float], None] | None = None
        """Called on PortAudio's thread with what the device takes, which starts at its position
        since the device was opened, and the loop time at which that is heard."""


class Outlet:
    """One output stream until it ends. A StreamUser."""

    def __init__(
        self, volume: float, lost: Callable[["Outlet", str], None], tap: PlaybackTap
    ) -> None:
        """`lost` is called with the reason when it ends; "" if PortAudio was reinitialised."""
        self.stream: OpenStream | None = None
        self.buffer = PlayBuffer(1, volume)
        self.heard_at = 0.0
        """Loop time at which the last sample taken by the device will be heard."""
        self.underruns = 0
        """Times the device ran dry during playback."""
        self.over = False
        self._volume = volume
        self._loop = asyncio.get_running_loop()
        self._lost = lost
        self._tap = tap
        self._taken = 0
        """Samples the device has taken, silence included."""
        self._taken_at = 0.0
        self._progress = asyncio.Event()
        self._waiting = 0
        """Tasks waiting for the device to take audio."""

    def opening(self, stream: OpenStream) -> None:
        self.stream = stream
        self.buffer = PlayBuffer(stream.rate_hz, self._volume)

    def callback(self, out: NDArray[np.float32], count: int, _time: object, status: Any) -> None:
        samples: Samples
        samples, played = self.buffer.take(count)
        out[:] = samples[:, np.newaxis]
        self._taken_at = time.monotonic()
        taken, self._taken = self._taken, self._taken + count
        loop, stream = self._loop, self.stream
        if stream is None or loop.is_closed():
            return
        if played:
            begins_at = loop.time() + stream.latency_s
            self.heard_at = begins_at + played / stream.rate_hz
            if self._tap.listener is not None:
                chunk = AudioChunk(samples[:played], stream.rate_hz, taken)
                self._tap.listener(chunk, begins_at)
            if status.output_underflow:
                self.underruns += 1
        if self._waiting:
            post(loop, self._progress.set)

    def ended(self, reason: str) -> None:
        self.over = True
        self._progress.set()
        self._lost(self, reason)

    def in_use(self) -> bool:
        return self.buffer.held > 0 and time.monotonic() - self._taken_at < _RECENT_S

    @property
    def name(self) -> str:
        return "?" if self.stream is None else self.stream.device.name

    @property
    def rate_hz(self) -> int:
        return 0 if self.stream is None else self.stream.rate_hz

    async def progress(self, limit_s: float) -> bool:
        """Wait until the device takes audio or the stream ends; False on timeout."""
        self._waiting += 1
        self._progress.clear()
        try:
            async with asyncio.timeout(limit_s):
                await self._progress.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    async def flows(self) -> bool:
        """Whether the device keeps taking audio: a suspended one stops after the first buffer."""
        await asyncio.sleep(_FILL_S)
        return await self.progress(_FLOWING_S) and not self.over
