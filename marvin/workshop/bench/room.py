"""A simulated room: an audio source in real time into which recordings can be played."""

import asyncio
from collections.abc import AsyncGenerator

import numpy as np

from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

_QUIET_DBFS = -60.0
_NOISE_S = 10


class Room:
    """An audio source that ends when closed. Not thread-safe: use it on the event loop."""

    live = True

    def __init__(self) -> None:
        self._noise = _noise()
        self._playing: Samples = np.zeros(0, np.float32)
        self._marked: int | None = None
        self._over = asyncio.Event()
        self._closed = False
        self.mark_s: float | None = None
        """When the sample marked in `play` was heard, on the loop's clock."""

    async def play(self, samples: Samples, mark: int | None = None) -> None:
        """Returns when everything was heard. `mark`: a sample whose time to record."""
        self._playing, self._marked, self.mark_s = samples, mark, None
        self._over.clear()
        await self._over.wait()

    def close(self) -> None:
        """End the source at the next chunk."""
        self._closed = True

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        """Each chunk at the time when its last sample would have been recorded."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        at = 0
        while not self._closed:
            samples = self._noise[at % len(self._noise) :][:CHUNK_SAMPLES].copy()
            played, self._playing = self._playing[:CHUNK_SAMPLES], self._playing[CHUNK_SAMPLES:]
            samples[: len(played)] += played
            due_s = began_s + (at + CHUNK_SAMPLES) / RATE_HZ
            # By deadline, so that delays do not add up.
            await asyncio.sleep(due_s - loop.time())
            if self._marked is not None:
                if self._marked <= CHUNK_SAMPLES:
                    self.mark_s = due_s - (CHUNK_SAMPLES - self._marked) / RATE_HZ
                    self._marked = None
                else:
                    self._marked -= CHUNK_SAMPLES
            if not len(self._playing):
                self._over.set()
            yield AudioChunk(samples, RATE_HZ, at)
            at += CHUNK_SAMPLES


def _noise() -> Samples:
    random = np.random.default_rng(0)
    amplitude = 10 ** (_QUIET_DBFS / 20)
    return random.normal(0.0, amplitude, _NOISE_S * RATE_HZ).astype(np.float32)
