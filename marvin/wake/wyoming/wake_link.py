"""The connection to the server of the wake word, on a thread of its own.

The ear never waits for the network: it leaves its audio in a bounded queue. A lost server is looked
for until it is back.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marvin.backends.wyoming.wyoming_connection import (
    NotOfferedError,
    WyomingConnection,
    WyomingFaultError,
    WyomingWording,
    connected,
)
from marvin.backends.wyoming.wyoming_requests import fetch_offer
from marvin.events import EngineNotice, Event, ServerBack, ServerLost
from marvin.pcm import to_int16
from marvin.types import CHUNK_SAMPLES, RATE_HZ
from marvin.wake.wyoming.word_choice import chosen_word

if TYPE_CHECKING:
    from wyoming.event import Event as WireEvent

    from marvin.config.wake import WyomingWakeConfig
    from marvin.types import AudioChunk

_LOGGER = logging.getLogger(__name__)

_MOST_CHUNKS = 2 * RATE_HZ // CHUNK_SAMPLES
"""Audio that waits to be sent: 2 s."""
_ROOM_S = 0.2
"""How long the ear waits for room in the queue before all of it is dropped: at most once in 2 s."""
_PULSE_S = 10.0
"""Interval of questions whether the server still answers."""
_FIRST_S, _LONGEST_S = 0.5, 15.0
"""Delays between attempts to find a lost server."""
_STEADY_S = 5.0
"""A connection that lasted this long is renewed at once, without a word."""
_MOST_EVENTS = 100
"""Maximum events per second; a server that detects the word sends about ten."""
_MOST_HEARD = 32


@dataclass(frozen=True, slots=True)
class _Fed:
    chunk: AudioChunk
    begins: bool
    """A new stream begins: the server is to forget what came before."""


class WakeLink:
    """The methods are for the ear's thread."""

    def __init__(
        self,
        config: WyomingWakeConfig,
        *,
        sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
    ) -> None:
        """`sleep` waits before another attempt, and between two questions."""
        self._config = config
        self._sleep = sleep
        self._wording = WyomingWording("wake", config.url, "what it detects")
        self._lock = threading.Lock()
        self._queue: deque[_Fed] = deque()
        self._open = False
        """Whether audio is sent."""
        self._fresh = True
        self._room = threading.Event()
        self._fed: asyncio.Event
        self._answered: asyncio.Event
        self._heard: deque[object] = deque(maxlen=_MOST_HEARD)
        self._told: deque[Event] = deque(maxlen=_MOST_HEARD)
        """Events before there was somebody to report to."""
        self._report: Callable[[Event], None] = self._told.append
        self._lost_s: float | None = None
        self._slow = False
        self._tried = threading.Event()
        self._refusal = ""
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._work, name="marvin-wake-server", daemon=True)

    def start(self) -> str:
        """Connect, and stay so. Returns why this server can never detect the word, if it says so;
        one that does not answer is looked for."""
        self._thread.start()
        self._tried.wait()
        return self._refusal

    def report_to(self, report: Callable[[Event], None]) -> None:
        """`report` is called on the link's thread, at once for what has happened before."""
        with self._lock:
            self._report = report
            told = list(self._told)
            self._told.clear()
        for event in told:
            report(event)

    def feed(self, chunk: AudioChunk, *, begins: bool) -> None:
        """Send a chunk. `begins`: the server is to forget what came before."""
        if not self._thread.is_alive():
            # A bug, after which nobody would be heard: a new process helps.
            raise RuntimeError("the thread of the wake word's server has ended")
        with self._lock:
            full = self._open and len(self._queue) >= _MOST_CHUNKS
            self._room.clear()
        if full:
            self._room.wait(_ROOM_S)
        with self._lock:
            self._fresh |= begins
            if not self._open:
                return
            if len(self._queue) >= _MOST_CHUNKS:
                self._queue.clear()
                self._fresh, self._slow = True, True
            self._queue.append(_Fed(chunk, self._fresh))
            self._fresh = False
        with suppress(RuntimeError):  # The loop is closed.
            self._loop.call_soon_threadsafe(self._fed.set)

    def heard(self) -> list[object]:
        """The timestamps of new detections, as the server sent them."""
        with self._lock:
            found = list(self._heard)
            self._heard.clear()
        return found

    def close(self) -> None:
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(_LONGEST_S)

    # On the link's thread

    def _work(self) -> None:
        try:
            with (
                asyncio.Runner(loop_factory=lambda: self._loop) as runner,
                suppress(asyncio.CancelledError),
            ):
                runner.run(self._main())
        finally:
            self._tried.set()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _main(self) -> None:
        self._task = asyncio.current_task()
        self._fed, self._answered = asyncio.Event(), asyncio.Event()
        delay_s = 0.0
        while True:
            began_s: float | None = None
            try:
                async with connected(self._wording) as connection:
                    word = await self._limited(self._chosen(connection))
                    began_s = time.monotonic()
                    self._found()
                    await self._talk(connection, word)
            except WyomingFaultError as error:
                steady = began_s is not None and time.monotonic() - began_s >= _STEADY_S
                delay_s = 0.0 if steady else min(_LONGEST_S, max(_FIRST_S, 2 * delay_s))
                if not steady:
                    self._lost(error)
            finally:
                with self._lock:
                    self._open = False
            await self._sleep(delay_s)

    def _found(self) -> None:
        with self._lock:
            self._queue.clear()
            self._open = self._fresh = True
            self._slow = False
        if self._lost_s is not None:
            away_s, self._lost_s = time.monotonic() - self._lost_s, None
            _LOGGER.warning("the wake word server %s is back", self._config.url)
            self._tell(ServerBack("wake", self._config.url, away_s))
        self._tried.set()

    def _lost(self, error: WyomingFaultError) -> None:
        if self._lost_s is None:
            self._lost_s = time.monotonic()
            _LOGGER.warning("the wake word is not heard: %s", error)
            self._tell(ServerLost("wake", self._config.url, str(error)))
        if isinstance(error, NotOfferedError) and not self._tried.is_set():
            self._refusal = str(error)
        self._tried.set()

    def _tell(self, event: Event) -> None:
        with self._lock:
            report = self._report
        report(event)

    async def _chosen(self, connection: WyomingConnection) -> str:
        """The server's name of the wake word."""
        offer = await fetch_offer(connection, self._wording, "wake", "models")
        return chosen_word(offer, self._config)

    async def _talk(self, connection: WyomingConnection, word: str) -> None:
        """Returns never. Raises WyomingFaultError."""
        works = (self._send(connection, word), self._receive(connection), self._pulse(connection))
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, connection: WyomingConnection, word: str) -> None:
        from wyoming.audio import AudioChunk, AudioStart
        from wyoming.wake import Detect

        while True:
            await self._fed.wait()
            self._fed.clear()
            while (fed := self._next()) is not None:
                at_ms = fed.chunk.start * 1000 // RATE_HZ
                pcm = to_int16(fed.chunk.samples).tobytes()
                if fed.begins:
                    start = AudioStart(RATE_HZ, 2, 1, timestamp=at_ms)
                    await self._limited(connection.send(Detect([word]), start))
                chunk = AudioChunk(RATE_HZ, 2, 1, pcm, timestamp=at_ms)
                await self._limited(connection.send(chunk))

    def _next(self) -> _Fed | None:
        with self._lock:
            slow, self._slow = self._slow, False
            fed = self._queue.popleft() if self._queue else None
            self._room.set()
        if slow:
            text = f"the network to {self._config.url} is too slow: the wake word may be missed"
            self._tell(EngineNotice("wake", text))
        return fed

    async def _receive(self, connection: WyomingConnection) -> None:
        from wyoming.ping import Pong

        count, second = 0, 0
        while True:
            event = await connection.receive()
            now = int(time.monotonic())
            count, second = count + 1 if now == second else 1, now
            if count > _MOST_EVENTS:
                raise WyomingFaultError(self._wording.nonsense("a flood of events"))
            if event.type == "detection":
                self._detected(event)
            elif event.type == "info":
                self._answered.set()
            elif event.type == "ping":
                await connection.send(Pong())

    def _detected(self, event: WireEvent) -> None:
        with self._lock:
            self._heard.append(event.data.get("timestamp"))

    async def _pulse(self, connection: WyomingConnection) -> None:
        """A machine that is gone closes no connection."""
        from wyoming.info import Describe

        while True:
            await self._sleep(_PULSE_S)
            self._answered.clear()
            await self._limited(connection.send(Describe()))
            await self._limited(self._answered.wait())

    async def _limited(self, work: Awaitable[Any]) -> Any:
        try:
            async with asyncio.timeout(self._config.timeout_s):
                return await work
        except TimeoutError:
            raise WyomingFaultError(self._wording.slow(self._config.timeout_s)) from None
