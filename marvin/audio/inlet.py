"""What an open microphone sends: from PortAudio's callback into the event loop."""

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
"""Longest time in which a device delivers its first audio, in seconds: some have to wake up."""
_SILENT_S = 2.0
"""A device that delivers nothing for so long afterwards, in seconds, is gone."""
_SLEPT_S = 1.0
"""A sleep of the machine that is worth a new beginning, in seconds."""


class Inlet:
    """One stream of a microphone, until it ends. A user of the sound system."""

    def __init__(
        self, backlog_s: float, clock: Callable[[], float], lost: Callable[["Inlet", bool], None]
    ) -> None:
        """`lost` is told of each loss, and whether it was for want of a listener."""
        self.stream: OpenStream | None = None
        self.reason: str | None = None
        """Why it ended; "" when PortAudio began again; None: it has not."""
        self.first_at_s = 0.0
        """When its first sample was heard, by the clock."""
        self.last_at_s = 0.0
        """When its last one was."""
        self._loop = asyncio.get_running_loop()
        self._backlog_s = backlog_s
        self._backlog = Backlog(0)
        self._clock = clock
        self._lost = lost
        self._arrived = asyncio.Event()
        self._asleep_s = 0.0
        """Time that the machine has slept in its life, in seconds, but for a constant."""

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
        """The device's."""
        return "?" if self.stream is None else self.stream.device.name

    @property
    def rate_hz(self) -> int:
        """The device's sample rate in Hz."""
        return 0 if self.stream is None else self.stream.rate_hz

    @property
    def waiting_s(self) -> float:
        """Audio that nobody has taken yet, in seconds."""
        return self._backlog.held / self.rate_hz

    @property
    def dropped_s(self) -> float:
        """Audio that was lost because nobody took it in time, in seconds."""
        return self._backlog.dropped / self.rate_hz

    def _offer(self, block: Samples, overflowed: bool, at_s: float, asleep_s: float) -> None:
        """Take a block. Runs on the event loop."""
        if self.reason is not None:
            return
        if self._backlog.position and asleep_s - self._asleep_s > _SLEPT_S:
            # Drivers go on after a sleep with old audio, at a wrong rate, or not at all.
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
        """The oldest block and its position; None when the stream has ended and all is taken."""
        while not len(self._backlog):
            if self.reason is not None:
                return None
            self._arrived.clear()
            limit_s = _SILENT_S if self._backlog.position else _FIRST_S
            try:
                async with asyncio.timeout(limit_s):
                    await self._arrived.wait()
            except TimeoutError:
                self.ended(f"it has sent nothing for {limit_s:.0f} s")
        return self._backlog.take()
