"""Moves audio of an open microphone from PortAudio's callback to the event loop."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marvin.audio.backlog import Backlog
from marvin.audio.soundsystem import OpenStream
from marvin.boundary.hanging import post
from marvin.pcm import mono
from marvin.types import Samples

_FIRST_S = 5.0
"""Time limit for a device's first audio, in seconds: some need to wake up."""
_SILENT_S = 2.0
"""A device that then delivers nothing for this long, in seconds, is gone."""
_SLEPT_S = 1.0
"""Length of a system sleep after which the device is reopened, in seconds."""


class Inlet:
    """One input stream until it ends. A StreamUser."""

    def __init__(
        self, backlog_s: float, clock: Callable[[], float], lost: Callable[["Inlet", bool], None]
    ) -> None:
        """`lost` is called on each loss; its flag says whether the backlog overflowed."""
        self.stream: OpenStream | None = None
        self.reason: str | None = None
        """Why the stream ended; "" if PortAudio was reinitialised; None while it is open."""
        self.first_at_s = 0.0
        """Clock time of the first sample."""
        self.last_at_s = 0.0
        """Clock time of the last sample."""
        self._loop = asyncio.get_running_loop()
        self._backlog_s = backlog_s
        self._backlog = Backlog(0)
        self._clock = clock
        self._lost = lost
        self._arrived = asyncio.Event()
        self._asleep_s = 0.0
        """Total system sleep in seconds, plus a constant."""

    def opening(self, stream: OpenStream) -> None:
        self.stream = stream
        self._backlog = Backlog(round(self._backlog_s * stream.rate_hz))

    def callback(self, data: NDArray[np.float32], _count: int, _time: object, status: Any) -> None:
        at_s = self._clock()
        asleep_s = at_s - time.monotonic()
        post(self._loop, self._offer, mono(data), bool(status.input_overflow), at_s, asleep_s)

    def ended(self, reason: str) -> None:
        if self.reason is None:
            self.reason = reason
            self._arrived.set()

    def in_use(self) -> bool:
        return self.reason is None

    @property
    def name(self) -> str:
        return "?" if self.stream is None else self.stream.device.name

    @property
    def rate_hz(self) -> int:
        return 0 if self.stream is None else self.stream.rate_hz

    @property
    def waiting_s(self) -> float:
        """Audio in the backlog, in seconds."""
        return self._backlog.held / self.rate_hz

    @property
    def dropped_s(self) -> float:
        """Audio lost to backlog overflow, in seconds."""
        return self._backlog.dropped / self.rate_hz

    def _offer(self, block: Samples, overflowed: bool, at_s: float, asleep_s: float) -> None:
        """Runs on the event loop."""
        if self.reason is not None:
            return
        if self._backlog.position and asleep_s - self._asleep_s > _SLEPT_S:
            # After a sleep drivers continue with stale audio, at a wrong rate, or not at all.
            self.ended(f"the machine slept for {asleep_s - self._asleep_s:.0f} s")
            return
        self._asleep_s = asleep_s
        if not self._backlog.position:
            self.first_at_s = at_s - len(block) / self.rate_hz
        self.last_at_s = at_s
        full = self._backlog.offer(block)
        self._arrived.set()
        if full or overflowed:
            self._lost(self, full)

    async def next(self) -> tuple[int, Samples] | None:
        """The oldest block and its position; None once the stream has ended and is drained."""
        while not len(self._backlog):
            if self.reason is not None:
                return None
            self._arrived.clear()
            limit_s = _SILENT_S if self._backlog.position else _FIRST_S
            try:
                async with asyncio.timeout(limit_s):
                    await self._arrived.wait()
            except TimeoutError:
                self.ended(f"no audio for {limit_s:.0f} s")
        return self._backlog.take()
