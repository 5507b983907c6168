"""The thread of one engine: runs queued calls by priority and frees the engine when idle."""

import itertools
import math
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Generic, TypeVar

from marvin.boundary.hanging import perform
from marvin.cancellation import CancelToken
from marvin.engines.workers.resident import Resident

EngineT = TypeVar("EngineT")
ResultT = TypeVar("ResultT")

LONGEST_LOAD_S = 120.0
"""A thread that has been loading for longer is considered hung."""


class EngineThread(Generic[EngineT]):
    """A named daemon thread that owns one engine."""

    def __init__(self, name: str, resident: Resident[EngineT], idle_unload_s: float) -> None:
        self._resident = resident
        self._idle_unload_s = idle_unload_s
        self.works = False
        """Whether any call has finished on this thread."""
        self._numbers = itertools.count()
        self._jobs: queue.PriorityQueue[tuple[float, int, Callable[[], None] | None]]
        self._jobs = queue.PriorityQueue()
        """Ordered by priority, then first in, first out; None ends the thread."""
        self._giving_way: tuple[float, CancelToken] | None = None
        """Priority and token of the call that runs, if it gives way."""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def load(self) -> "Future[None]":
        """Load the engine ahead of all queued calls."""
        future: Future[None] = Future()

        def get() -> None:
            self._resident.get()

        self._put(-math.inf, partial(perform, future, get))
        return future

    def call(
        self,
        function: Callable[[Resident[EngineT]], ResultT],
        priority: float,
        gives_way: CancelToken | None = None,
    ) -> "Future[ResultT]":
        """Queue a call; lower `priority` numbers run first. `gives_way` is cancelled if one of them
        arrives while this one runs."""
        future: Future[ResultT] = Future()

        def job() -> None:
            self._giving_way = (priority, gives_way) if gives_way is not None else None
            perform(future, lambda: function(self._resident))
            self._giving_way = None
            self.works = self.works or not future.cancelled()

        self._put(priority, job)
        return future

    @property
    def loading(self) -> bool:
        return self._resident.loading_since_s is not None

    def loads(self) -> bool:
        """Whether it is loading its engine, and has not exceeded LONGEST_LOAD_S."""
        since = self._resident.loading_since_s
        return since is not None and time.monotonic() - since < LONGEST_LOAD_S

    def stop(self) -> None:
        """End the thread once all queued calls are done."""
        self._put(math.inf, None)

    def join(self, timeout_s: float) -> bool:
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _put(self, priority: float, job: Callable[[], None] | None) -> None:
        self._jobs.put((priority, next(self._numbers), job))
        # Not for a load, which takes no time if the engine runs.
        if (running := self._giving_way) and -math.inf < priority < running[0]:
            running[1].cancel()

    def _run(self) -> None:
        while True:
            try:
                *_, job = self._jobs.get(timeout=self._idle_unload_s or None)
            except queue.Empty:
                self._resident.release()
                continue
            if job is None:
                break
            job()
            # An idle thread must not keep objects of its last call alive.
            del job
        # Engines hold processes and memory: free them on the thread that uses them.
        self._resident.release()
