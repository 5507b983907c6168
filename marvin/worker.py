"""One thread for one engine: loads it, runs its calls in order, and can be given up on."""

import asyncio
import logging
import queue
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from typing import Generic, NoReturn, TypeAlias, TypeVar

from marvin.cancellation import Cancelled, CancelToken
from marvin.errors import MarvinError, StageError
from marvin.placement.resident import Resident
from marvin.pretrained.place import CPU, Place

_LOGGER = logging.getLogger(__name__)

EngineT = TypeVar("EngineT")
ResultT = TypeVar("ResultT")

_Job: TypeAlias = Callable[[Resident[EngineT]], None]

GRACE_S = 0.5
"""A cancelled call may take so long to notice before its thread is given up."""
_AHEAD = 32
"""Items that a streaming call may be ahead of its reader."""


class WorkerTimeoutError(StageError):
    """A call took longer than it may."""


class WorkerFailedError(StageError):
    """A call raised what its engine does not promise to raise: a bug, logged with its trace."""


class _End:
    """Follows the last item of a stream."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class _Thread(Generic[EngineT]):
    """A named daemon thread with an engine of its own."""

    def __init__(
        self,
        name: str,
        resident: Resident[EngineT],
        idle_unload_s: float,
        loaded: Callable[[BaseException | None], None],
    ) -> None:
        self._resident = resident
        self._idle_unload_s = idle_unload_s
        self._loaded = loaded
        self._jobs: queue.SimpleQueue[_Job[EngineT] | None] = queue.SimpleQueue()
        # Daemon: a call that never returns must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, job: "_Job[EngineT]") -> None:
        self._jobs.put(job)

    def stop(self) -> None:
        self._jobs.put(None)

    def join(self, timeout_s: float) -> bool:
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._resident.get()
        except BaseException as error:  # noqa: BLE001 - handed to whoever awaits the load
            self._loaded(error)
            return
        self._loaded(None)
        while True:
            try:
                job = self._jobs.get(timeout=self._idle_unload_s or None)
            except queue.Empty:
                self._resident.release()
                continue
            if job is None:
                break
            job(self._resident)
            # Nothing of the call may keep an engine alive that is unloaded.
            del job
        # Engines hold processes and memory: free them in the thread that uses them.
        self._resident.release()


class Worker(Generic[EngineT]):
    """Runs an engine's calls on a thread of its own, each with a token and a time limit.

    A call that passes its limit is asked to stop; if it does not, its thread is given up and a
    new one loads the engine afresh: a hung model must not make the assistant mute or deaf.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[Place], EngineT],
        *,
        places: Sequence[Place] = (CPU,),
        idle_unload_s: float = 0.0,
        notify: Callable[[str], None] = _LOGGER.warning,
    ) -> None:
        """`load` makes the engine at the first of `places` that has room for it; it is freed after
        `idle_unload_s` without a call (0: never). `notify` is told of moves, on the thread."""
        self._name = name
        self._load = load
        self._places = places
        self._idle_unload_s = idle_unload_s
        self._notify = notify
        self._thread: _Thread[EngineT] | None = None
        self.abandoned = 0
        """Threads given up so far."""

    async def start(self) -> None:
        """Load the engine. Raises what its `load` raises."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()

        def loaded(error: BaseException | None) -> None:
            _post(loop, _settle, ready, None, error)

        resident = Resident(self._name, self._load, self._places, self._notify)
        self._thread = _Thread(self._name, resident, self._idle_unload_s, loaded)
        self._thread.start()
        await ready

    def warm(self) -> None:
        """Load the engine again if it was freed, in the background: it will be needed soon."""

        def job(resident: Resident[EngineT]) -> None:
            try:
                resident.get()
            except MarvinError as error:
                # The call that needs the engine says so to the user.
                _LOGGER.info("%s cannot be loaded ahead: %s", self._name, error)

        self._submit(job)

    async def call(
        self, function: Callable[[EngineT, CancelToken], ResultT], timeout_s: float
    ) -> ResultT:
        """Run `function(engine, token)` on the thread.

        Raises:
            WorkerTimeoutError: It took longer than `timeout_s`.
            MarvinError: What the function raised of them.
            WorkerFailedError: It raised anything else.
        """
        loop = asyncio.get_running_loop()
        token = CancelToken()
        future: asyncio.Future[ResultT] = loop.create_future()

        def job(resident: Resident[EngineT]) -> None:
            try:
                token.check()
                result = resident.use(lambda engine: function(engine, token))
            except BaseException as error:  # noqa: BLE001 - handed to whoever awaits the call
                _post(loop, _settle, future, None, error)
            else:
                _post(loop, _settle, future, result, None)

        self._submit(job)
        try:
            await asyncio.wait([future], timeout=timeout_s)
        except asyncio.CancelledError:
            token.cancel()
            _forget(future)
            raise
        if not future.done():
            token.cancel()
            _forget(future)
            await self._give_up_unless(asyncio.wait([future]))
            raise WorkerTimeoutError(f"{self._name} took longer than {timeout_s:g} s")
        if (error := future.exception()) is not None:
            self._raise(error)
        return future.result()

    async def stream(
        self, function: Callable[[EngineT, CancelToken], Iterator[ResultT]], timeout_s: float
    ) -> AsyncGenerator[ResultT, None]:
        """Items of `function(engine, token)` as the thread makes them.

        Raises:
            WorkerTimeoutError: The next item took longer than `timeout_s`.
            MarvinError: What the function raised of them.
            WorkerFailedError: It raised anything else.
        """
        loop = asyncio.get_running_loop()
        token = CancelToken()
        items: asyncio.Queue[ResultT | _End] = asyncio.Queue()
        room = threading.Semaphore(_AHEAD)

        def job(resident: Resident[EngineT]) -> None:
            error: BaseException | None = None
            try:
                token.check()
                for item in resident.stream(lambda engine: function(engine, token)):
                    while not room.acquire(timeout=0.05):
                        token.check()
                    _post(loop, items.put_nowait, item)
            except BaseException as raised:  # noqa: BLE001 - handed to whoever awaits the stream
                error = raised
            _post(loop, items.put_nowait, _End(error))

        self._submit(job)
        try:
            while not isinstance(item := await self._next(items, token, timeout_s), _End):
                room.release()
                yield item
            if item.error is not None:
                self._raise(item.error)
        finally:
            token.cancel()

    async def _next(
        self, items: "asyncio.Queue[ResultT | _End]", token: CancelToken, timeout_s: float
    ) -> "ResultT | _End":
        try:
            async with asyncio.timeout(timeout_s):
                return await items.get()
        except TimeoutError:
            token.cancel()
            await self._give_up_unless(_drained(items))
            raise WorkerTimeoutError(f"{self._name} said nothing for {timeout_s:g} s") from None

    async def stop(self, timeout_s: float) -> bool:
        """End the thread; False if it was still busy after `timeout_s`."""
        if self._thread is None:
            return True
        self._thread.stop()
        return await asyncio.to_thread(self._thread.join, timeout_s)

    def _raise(self, error: BaseException) -> NoReturn:
        """Raise it as the caller gets it: a bug in an engine ends a turn, not the daemon."""
        if isinstance(error, MarvinError) or not isinstance(error, Exception):
            raise error
        _LOGGER.error("%s failed", self._name, exc_info=error)
        what = f"{self._name} failed: {type(error).__name__}: {error}"
        raise WorkerFailedError(what) from error

    def _submit(self, job: "_Job[EngineT]") -> None:
        if self._thread is None:
            raise RuntimeError(f"{self._name} has not been started")
        self._thread.submit(job)

    async def _give_up_unless(self, ended: Awaitable[object]) -> None:
        """Wait for a cancelled call to end; if it does not, leave it its thread and engine."""
        try:
            async with asyncio.timeout(GRACE_S):
                await ended
        except TimeoutError:
            self.abandoned += 1
            _LOGGER.error("%s hangs: its engine is loaded again on a new thread", self._name)
            assert self._thread is not None
            self._thread.stop()
            await self.start()


async def _drained(items: "asyncio.Queue[ResultT | _End]") -> None:
    while not isinstance(await items.get(), _End):
        pass


def _post(loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *args: object) -> None:
    """`call_soon_threadsafe` from a thread that may outlive the loop."""
    try:
        loop.call_soon_threadsafe(callback, *args)
    except RuntimeError:
        _LOGGER.debug("the loop was closed before a result came")


def _settle(
    future: "asyncio.Future[ResultT]", result: ResultT, error: BaseException | None
) -> None:
    if future.done():
        return
    if isinstance(error, Cancelled):
        future.cancel()
    elif error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


def _forget(future: "asyncio.Future[ResultT]") -> None:
    """Nobody waits any more: whatever becomes of it is not an unretrieved error."""
    future.add_done_callback(lambda done: None if done.cancelled() else done.exception())
