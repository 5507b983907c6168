"""A room without a microphone: quiet, until something is played in it, at the speed of time."""

import asyncio
from collections.abc import AsyncGenerator

import numpy as np

from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

_QUIET_DBFS = -60.0
_NOISE_S = 10


class Room:
    """A source in which time passes; ends when it is closed. Belongs to the event loop."""

    live = True

    def __init__(self) -> None:
        self._noise = _noise()
        self._playing: Samples = np.zeros(0, np.float32)
        self._marked: int | None = None
        self._over = asyncio.Event()
        self._closed = False
        self.mark_s: float | None = None
        """When the sample that `play` was told of was heard, by the loop's clock."""

    async def play(self, samples: Samples, mark: int | None = None) -> None:
        """Returns when it has been heard. `mark`: a sample whose time is wanted."""
        self._playing, self._marked, self.mark_s = samples, mark, None
        self._over.clear()
        await self._over.wait()

    def close(self) -> None:
        """End the source with its next chunk."""
        self._closed = True

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        """Chunk after chunk, each when its last sample would have been recorded."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        at = 0
        while not self._closed:
            samples = self._noise[at % len(self._noise) :][:CHUNK_SAMPLES].copy()
            played, self._playing = self._playing[:CHUNK_SAMPLES], self._playing[CHUNK_SAMPLES:]
            samples[: len(played)] += played
            due_s = began_s + (at + CHUNK_SAMPLES) / RATE_HZ
            # By deadlines, so that late wake-ups do not add up.
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
