"""The microphone of a client on the network: a browser, a satellite."""

import asyncio
from collections.abc import AsyncGenerator

from marvin.audio.backlog import Backlog
from marvin.audio.framer import Framer
from marvin.types import RATE_HZ, AudioChunk, Samples

_FASTEST = 1.25
"""Seconds of audio per second that may come all the time. No sound card's clock is that wrong."""


class NetworkMicrophone:
    """Audio that a connection offers, in blocks at RATE_HZ. Pauses while the client sends none."""

    live = True

    def __init__(self, backlog_s: float) -> None:
        """`backlog_s`: audio that may come ahead of real time, and that is kept while the machine
        is busy; beyond it the oldest is dropped."""
        self._loop = asyncio.get_running_loop()
        self._backlog = Backlog(round(backlog_s * RATE_HZ))
        self._framer = Framer(RATE_HZ)
        self._most = self._allowed = backlog_s * RATE_HZ
        self._offered_at = self._loop.time()
        self._more = asyncio.Event()
        self._processed = asyncio.Event()
        self._processed.set()
        self._ended = False

    @property
    def waiting_s(self) -> float:
        """Audio in the backlog, in seconds."""
        return self._backlog.held / RATE_HZ

    def offer(self, samples: Samples) -> bool:
        """Append a block; False if the client sends far more than a microphone hears."""
        now = self._loop.time()
        earned = (now - self._offered_at) * _FASTEST * RATE_HZ
        self._offered_at = now
        self._allowed = min(self._most, self._allowed + earned) - len(samples)
        if self._allowed < 0:
            return False
        self._backlog.offer(samples)
        self._processed.clear()
        self._more.set()
        return True

    async def processed(self) -> None:
        """Wait until everything offered so far has been heard."""
        await self._processed.wait()

    def end(self) -> None:
        """There is no more."""
        self._ended = True
        self._more.set()

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        """Chunks of CHUNK_SAMPLES. Dropped audio shows as a gap in their positions."""
        while True:
            while not len(self._backlog):
                self._processed.set()
                if self._ended:
                    return
                self._more.clear()
                await self._more.wait()
            position, block = self._backlog.take()
            for chunk in self._framer.push(position, block, self.waiting_s):
                yield chunk
