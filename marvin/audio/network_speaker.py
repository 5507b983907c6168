"""The loudspeaker of a client on the network: a browser, a satellite."""

import asyncio
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from marvin.audio.resample import Resampler
from marvin.errors import PlaybackError
from marvin.pcm import finite, to_int16
from marvin.types import AudioChunk, Samples

_AHEAD_S = 4.0
"""Audio sent ahead of what is heard before `play` waits, in seconds."""
_BLOCK_S = 0.1
"""Audio per message, in seconds: a client reports what it has played block by block."""
_STUCK_S = 5.0
"""A client that has audio and plays none for this long, in seconds, has no loudspeaker."""


class Player(Protocol):
    """The client's side. No method waits."""

    def play(self, position: int, samples: NDArray[np.int16]) -> None:
        """Queue a block, gapless after the one before; `position` of its first sample."""

    def flush(self) -> None:
        """Drop what has not been played, without a click."""

    def set_volume(self, volume: float) -> None:
        """Of everything, what is queued included; in [0, 1]."""


class NetworkSpeaker:
    """Sends audio at one rate to a player, which reports what has been heard with `played`.

    Positions count the samples that were sent since the connection began.
    """

    def __init__(self, player: Player, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.volume = 1.0
        self._player = player
        self._loop = asyncio.get_running_loop()
        self._resampler: Resampler | None = None
        self._sent = 0
        """Position of the next block."""
        self._played = 0
        """Position up to which all has been heard or dropped."""
        self._played_at = 0.0
        """Loop time of the last progress, or of the first block after a silence."""
        self._progress = asyncio.Event()

    async def play(self, chunk: AudioChunk) -> None:
        """Queue a chunk at any sample rate; waits while a few seconds are queued already.

        Raises:
            PlaybackError: The client plays nothing.
        """
        await self._until(_AHEAD_S)
        # A chunk at position 0 starts a new stream.
        if self._resampler is None or chunk.start == 0 or self._resampler.from_hz != chunk.rate_hz:
            self._finish_stream()
            self._resampler = Resampler(chunk.rate_hz, self.rate_hz)
        self._send(self._resampler.process(finite(chunk.samples)))

    async def drained(self) -> None:
        """Wait until the last sample has been heard.

        Raises:
            PlaybackError: The client plays nothing.
        """
        self._finish_stream()
        await self._until(0.0)

    def flush(self) -> float:
        """Drop what has not been heard; returns its length in seconds."""
        self._resampler = None
        unheard_s = self._unheard_s()
        if self._sent > self._played:
            self._player.flush()
            self._played = self._sent
            self._progress.set()
        return unheard_s

    def set_volume(self, volume: float) -> None:
        """`volume` is in [0, 1]."""
        self.volume = volume
        self._player.set_volume(volume)

    def played(self, position: int) -> None:
        """The client has played everything before `position`; one from before a flush is late."""
        if self._played < position <= self._sent:
            self._played, self._played_at = position, self._loop.time()
            self._progress.set()

    def _finish_stream(self) -> None:
        if self._resampler is not None:
            self._send(self._resampler.finish())
            self._resampler = None

    def _send(self, samples: Samples) -> None:
        size = round(_BLOCK_S * self.rate_hz)
        for at in range(0, len(samples), size):
            block = samples[at : at + size]
            if self._sent == self._played:
                self._played_at = self._loop.time()
            self._player.play(self._sent, to_int16(block))
            self._sent += len(block)

    def _unheard_s(self) -> float:
        """What is queued at the client, in seconds; it has played on since its last report."""
        reported_s = (self._sent - self._played) / self.rate_hz
        since_s = min(self._loop.time() - self._played_at, _BLOCK_S)
        return max(0.0, reported_s - since_s)

    async def _until(self, queued_s: float) -> None:
        """Wait until no more than this is queued at the client."""
        while self._sent - self._played > queued_s * self.rate_hz:
            self._progress.clear()
            left_s = self._played_at + _STUCK_S - self._loop.time()
            try:
                async with asyncio.timeout(left_s):
                    await self._progress.wait()
            except TimeoutError:
                if self._loop.time() < self._played_at + _STUCK_S:
                    continue
                self.flush()
                raise PlaybackError(
                    f"the client has played nothing for {_STUCK_S:g} s: is its sound switched off?"
                ) from None
