"""What an open loudspeaker takes: from a buffer into PortAudio's callback."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marvin.audio.playbuffer import PlayBuffer
from marvin.audio.soundsystem import OpenStream
from marvin.boundary.hanging import post
from marvin.types import Samples

_FILL_S = 0.15
"""A device that has just been opened takes its first fill within this time, in seconds."""
_FLOWING_S = 2.2
"""It goes on taking audio within this time, in seconds: virtual ones do so every 2 s."""
_RECENT_S = 1.0
"""A device that has taken nothing for so long, in seconds, plays nothing."""


class Outlet:
    """One stream of a loudspeaker, until it ends. A user of the sound system."""

    def __init__(self, volume: float, lost: Callable[["Outlet", str], None]) -> None:
        """`lost` is told when it ends, and why; "" when PortAudio began again."""
        self.stream: OpenStream | None = None
        self.buffer = PlayBuffer(1, volume)
        self.heard_at = 0.0
        """When the last sample that the device took will be heard, by the loop's clock."""
        self.underruns = 0
        """Times that the device ran dry while there was something to play."""
        self.over = False
        """It has ended."""
        self._volume = volume
        self._loop = asyncio.get_running_loop()
        self._lost = lost
        self._taken_at = 0.0
        self._progress = asyncio.Event()
        self._waiting = 0
        """Tasks that want to know when the device has taken something."""

    def opening(self, stream: OpenStream) -> None:
        self.stream = stream
        self.buffer = PlayBuffer(stream.rate_hz, self._volume)

    def callback(self, out: NDArray[np.float32], count: int, _time: object, status: Any) -> None:
        samples: Samples
        samples, played = self.buffer.take(count)
        out[:] = samples[:, np.newaxis]
        self._taken_at = time.monotonic()
        loop, stream = self._loop, self.stream
        if stream is None or loop.is_closed():
            return
        if played:
            self.heard_at = loop.time() + stream.latency_s + played / stream.rate_hz
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
        """The device's."""
        return "?" if self.stream is None else self.stream.device.name

    @property
    def rate_hz(self) -> int:
        """The device's sample rate in Hz."""
        return 0 if self.stream is None else self.stream.rate_hz

    async def progress(self, limit_s: float) -> bool:
        """Wait until the device has taken something, or the stream has ended. False: neither."""
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
        """Whether it goes on taking audio: a suspended device takes its first fill and no more."""
        await asyncio.sleep(_FILL_S)
        return await self.progress(_FLOWING_S) and not self.over
