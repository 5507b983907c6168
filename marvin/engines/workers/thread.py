"""The thread of one engine: works off what it is given, and frees the engine when idle."""

import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from marvin.engines.workers.resident import Resident

EngineT = TypeVar("EngineT")

LONGEST_LOAD_S = 120.0
"""A thread that has been loading for longer hangs."""


class Job(Generic[EngineT]):
    """Work for a thread, and how far it is."""

    def __init__(self, work: Callable[[Resident[EngineT]], None], *, loads: bool) -> None:
        """`work` keeps its errors to itself. `loads`: it is no call, but only loads the engine."""
        self._work: Callable[[Resident[EngineT]], None] | None = work
        self.loads = loads
        self.begun = self.ended = False

    def run(self, resident: Resident[EngineT]) -> None:
        assert self._work is not None
        self.begun = True
        self._work(resident)
        self.ended = True
        # Who still looks at the job must not keep an engine alive that is unloaded.
        self._work = None


class EngineThread(Generic[EngineT]):
    """A named daemon thread with an engine of its own."""

    def __init__(self, name: str, resident: Resident[EngineT], idle_unload_s: float) -> None:
        self._resident = resident
        self._idle_unload_s = idle_unload_s
        self.works = False
        """Whether a call has come to an end here."""
        self._jobs: queue.SimpleQueue[Job[EngineT] | None] = queue.SimpleQueue()
        # Daemon: a call that never returns must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job[EngineT]) -> None:
        self._jobs.put(job)

    def loads(self) -> bool:
        """Whether it is busy loading its engine, and not for too long."""
        since = self._resident.loading_since_s
        return since is not None and time.monotonic() - since < LONGEST_LOAD_S

    def stop(self) -> None:
        self._jobs.put(None)

    def join(self, timeout_s: float) -> bool:
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=self._idle_unload_s or None)
            except queue.Empty:
                self._resident.release()
                continue
            if job is None:
                break
            job.run(self._resident)
            self.works = self.works or not job.loads
            del job
        # Engines hold processes and memory: free them in the thread that uses them.
        self._resident.release()
