"""A room in which a recorded user speaks to Marvin, whose loudspeaker the microphone may hear.

Time is counted in the samples of the microphone, and stands still while an engine computes: what
happens does not depend on how fast or busy the machine is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import numpy as np

from benchmarks.accuracy.after_wake_word import speech_level
from benchmarks.accuracy.echo import Way
from marvin.audio.outlet import PlaybackTap
from marvin.audio.resample import Resampler
from marvin.cancellation import CancelToken
from marvin.engines.workers.worker import Worker
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

EngineT = TypeVar("EngineT")
ResultT = TypeVar("ResultT")

LATENCY = RATE_HZ // 10
"""How far ahead of being heard the loudspeaker takes its audio, in samples; it reports that."""
_AHEAD = 4 * RATE_HZ
_FADE = RATE_HZ // 100
_STEPS = 30
"""Steps of the event loop in which everything that does not wait has happened."""


class RoomLoop(asyncio.SelectorEventLoop):
    """Its clock is that of the microphone, so that no deadline passes while an engine computes."""

    now_s = 0.0

    def time(self) -> float:
        return self.now_s


class Work:
    """Counts the calls that engines are working on."""

    def __init__(self) -> None:
        self._calls = 0
        self._changed = asyncio.Event()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        self._calls += 1
        try:
            yield
        finally:
            self._calls -= 1
            self._changed.set()

    async def done(self) -> None:
        """Wait until nothing more happens without time going on."""
        quiet = 0
        while quiet < _STEPS:
            if self._calls:
                self._changed.clear()
                await self._changed.wait()
                quiet = 0
            await asyncio.sleep(0)
            quiet += 1


class WatchedWorker(Worker[EngineT], Generic[EngineT]):
    def __init__(self, work: Work, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._work = work

    async def call(
        self,
        function: Callable[[EngineT, CancelToken], ResultT],
        timeout_s: float,
        *,
        priority: int = 0,
        gives_way: bool = False,
    ) -> ResultT:
        with self._work.going_on():
            return await super().call(function, timeout_s, priority=priority, gives_way=gives_way)

    async def stream(
        self,
        function: Callable[[EngineT, CancelToken], Iterator[ResultT]],
        timeout_s: float,
        *,
        priority: int = 0,
    ) -> AsyncGenerator[ResultT, None]:
        items = super().stream(function, timeout_s, priority=priority)
        while True:
            with self._work.going_on():
                item = await anext(items, None)
            if item is None:
                return
            yield item


class EchoPath:
    """From the loudspeaker, which clips, to the microphone, block by block."""

    def __init__(self, voice: Samples, response: Samples, way: Way, level: float) -> None:
        """`level`: of the echo of Marvin's `voice` at the microphone. Two clocks do not differ."""
        delay = np.zeros(round(way.delay_ms * RATE_HZ / 1000), np.float32)
        self._response = np.concatenate((delay, response))
        self._peak = way.limit * float(np.abs(voice).max())
        self._gain = 1.0
        self._tail: Samples = np.zeros(0, np.float32)
        self._gain = level / speech_level(self.heard(voice))
        self._tail = self._tail[:0]

    def heard(self, block: Samples) -> Samples:
        """What the microphone hears while the loudspeaker plays this block, and of those before."""
        mixed = np.zeros(max(len(self._tail), len(block) + len(self._response) - 1), np.float32)
        mixed[: len(self._tail)] = self._tail
        if block.any():
            played = np.tanh(block / self._peak) * self._peak
            echo = np.convolve(played, self._response)
            mixed[: len(echo)] += self._gain * echo
        self._tail = mixed[len(block) :]
        return mixed[: len(block)]


class RoomSpeaker:
    """An AudioSink whose device runs with the microphone."""

    def __init__(self, path: EchoPath) -> None:
        self.tap = PlaybackTap()
        self.over = False
        """Nothing is played any more, and nobody waits for it."""
        self._path = path
        self._resampler: Resampler | None = None
        self._queue: Samples = np.zeros(0, np.float32)
        self._position = 0
        self._last_heard = 0
        """Where the sound ends that was taken last."""
        self._ticked = asyncio.Event()

    async def play(self, chunk: AudioChunk) -> None:
        await self._until(lambda: len(self._queue) < _AHEAD)
        if self._resampler is None or self._resampler.from_hz != chunk.rate_hz:
            self._finish()
            self._resampler = Resampler(chunk.rate_hz, RATE_HZ)
        sound = self._resampler.process(chunk.samples)
        self._queue = np.concatenate((self._queue, sound))

    def _finish(self) -> None:
        if self._resampler is not None:
            self._queue = np.concatenate((self._queue, self._resampler.finish()))
            self._resampler = None

    async def drained(self) -> None:
        self._finish()
        await self._until(lambda: not len(self._queue) and self._position >= self._last_heard)

    def flush(self) -> float:
        self._resampler = None
        rest = self._queue
        self._queue = rest[:_FADE] * np.linspace(1, 0, len(rest[:_FADE]), dtype=np.float32)
        return max(0, len(rest) - _FADE) / RATE_HZ

    def set_volume(self, volume: float) -> None:
        """The echo's level is given."""

    def echo(self, length: int) -> Samples:
        """Play on, and return what the microphone hears of it."""
        block = np.zeros(length, np.float32)
        block[: len(self._queue[:length])] = self._queue[:length]
        self._queue = self._queue[length:]
        if block.any():
            self._last_heard = self._position + length + LATENCY
        if self.tap.listener is not None:
            chunk = AudioChunk(block, start=self._position)
            self.tap.listener(chunk, (self._position + LATENCY) / RATE_HZ)
        self._position += length
        self._ticked.set()
        return self._path.heard(block)

    def end(self) -> None:
        self.over = True
        self._ticked.set()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not (self.over or condition()):
            self._ticked.clear()
            await self._ticked.wait()


class RoomMicrophone:
    """A live AudioSource: the user, the room's noise and the loudspeaker's echo."""

    live = True

    def __init__(
        self, user: Samples, noise: float, speaker: RoomSpeaker, work: Work, seed: int
    ) -> None:
        self._user, self._noise = user, noise
        self._speaker, self._work = speaker, work
        self._random = np.random.default_rng(seed)
        self._late: Samples = np.zeros(LATENCY, np.float32)
        """Taken by the loudspeaker, not heard yet."""
        self.position = 0
        self.over: Callable[[], bool] = lambda: False
        """Asked after the user has spoken."""

    @property
    def now_s(self) -> float:
        return self.position / RATE_HZ

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, RoomLoop)
        while self.position < len(self._user) or not self.over():
            self._late = np.concatenate((self._late, self._speaker.echo(CHUNK_SAMPLES)))
            heard, self._late = self._late[:CHUNK_SAMPLES], self._late[CHUNK_SAMPLES:]
            heard = heard + self._random.normal(0.0, self._noise, CHUNK_SAMPLES)
            said = self._user[self.position : self.position + CHUNK_SAMPLES]
            heard[: len(said)] += said
            start, self.position = self.position, self.position + CHUNK_SAMPLES
            loop.now_s += CHUNK_SAMPLES / RATE_HZ
            yield AudioChunk(np.clip(heard, -1, 1).astype(np.float32), start=start)
            await self._work.done()
        self._speaker.end()
