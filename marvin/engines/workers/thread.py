"""The thread of one engine: works off what it is given, and frees the engine when idle."""

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
from marvin.engines.workers.resident import Resident

EngineT = TypeVar("EngineT")
ResultT = TypeVar("ResultT")

LONGEST_LOAD_S = 120.0
"""A thread that has been loading for longer hangs."""


class EngineThread(Generic[EngineT]):
    """A named daemon thread with an engine of its own."""

    def __init__(self, name: str, resident: Resident[EngineT], idle_unload_s: float) -> None:
        self._resident = resident
        self._idle_unload_s = idle_unload_s
        self.works = False
        """Whether a call has come to an end here."""
        self._numbers = itertools.count()
        self._jobs: queue.PriorityQueue[tuple[float, int, Callable[[], None] | None]]
        self._jobs = queue.PriorityQueue()
        """By priority, then in the order in which they came; None ends the thread."""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def load(self) -> "Future[None]":
        """Load the engine, before any call."""
        future: Future[None] = Future()

        def get() -> None:
            self._resident.get()

        self._put(-math.inf, partial(perform, future, get))
        return future

    def call(
        self, function: Callable[[Resident[EngineT]], ResultT], priority: float
    ) -> "Future[ResultT]":
        """Run it after calls of a lower number."""
        future: Future[ResultT] = Future()

        def job() -> None:
            perform(future, lambda: function(self._resident))
            self.works = self.works or not future.cancelled()

        self._put(priority, job)
        return future

    @property
    def loading(self) -> bool:
        """Whether it is busy loading its engine."""
        return self._resident.loading_since_s is not None

    def loads(self) -> bool:
        """Whether it is busy loading its engine, and not for too long."""
        since = self._resident.loading_since_s
        return since is not None and time.monotonic() - since < LONGEST_LOAD_S

    def stop(self) -> None:
        """End once everything is done."""
        self._put(math.inf, None)

    def join(self, timeout_s: float) -> bool:
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _put(self, priority: float, job: Callable[[], None] | None) -> None:
        self._jobs.put((priority, next(self._numbers), job))

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
            # An idle thread must not keep alive what its last call used.
            del job
        # Engines hold processes and memory: free them in the thread that uses them.
        self._resident.release()
