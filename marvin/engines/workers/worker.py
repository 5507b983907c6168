"""One thread for one engine: loads it, runs its calls in order, and can be given up on."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from typing import Generic, NoReturn, TypeVar

from marvin.backends.pretrained.place import CPU, Place
from marvin.cancellation import CancelToken
from marvin.engines.workers.handing_over import forget, post, settle
from marvin.engines.workers.resident import Resident
from marvin.engines.workers.thread import EngineThread, Job
from marvin.errors import MarvinError, StageError

_LOGGER = logging.getLogger(__name__)

EngineT = TypeVar("EngineT")
ResultT = TypeVar("ResultT")

GRACE_S = 0.5
"""A call that is over its time may take so long to notice before its thread is given up."""
HANGS_S = 5.0
"""One that nobody waits for may take so long: a step of a large model on a slow machine."""
HANGS_IN_A_ROW = 3
"""So many engines in a row that hang at once are no accident, and each keeps its memory: only a new
process helps. One that came to an end after all was only slow, and does not count."""
_AHEAD = 32
"""Items that a streaming call may be ahead of its reader."""


class WorkerTimeoutError(StageError):
    """A call took longer than it may."""


class WorkerFailedError(StageError):
    """A call raised what its engine does not promise to raise: a bug, logged with its trace."""


class EngineHangsError(MarvinError):
    """An engine hangs however often it is loaded: it ends the process."""


class _End:
    """Follows the last item of a stream."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


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
        places: Callable[[], Sequence[Place]] = lambda: (CPU,),
        idle_unload_s: float = 0.0,
        notify: Callable[[str], None] = _LOGGER.warning,
        despair: Callable[[EngineHangsError], None] = _LOGGER.error,
    ) -> None:
        """`load` makes the engine at the first of `places` that has room for it; it is freed after
        `idle_unload_s` without a call (0: never). `places` is asked, and `notify` told of moves, on
        the thread. `despair` is told, on the event loop, of a hang after which only a new process
        helps."""
        self._name = name
        self._stage = name.removeprefix("marvin-").partition(".")[0]
        self._load = load
        self._places = places
        self._idle_unload_s = idle_unload_s
        self._notify = notify
        self._despair = despair
        self._hung: list[EngineThread[EngineT]] = []
        """Threads in a row on which no call came to an end; those that have since do not count."""
        self._thread: EngineThread[EngineT] | None = None
        self._ready: asyncio.Future[None] | None = None
        """Done when the engine was loaded for the first time."""
        self.abandoned = 0
        """Threads given up so far."""

    async def start(self) -> None:
        """Load the engine. Raises what its `load` raises."""
        self.begin()
        await self.loaded()

    def begin(self) -> None:
        """Load the engine in the background. Calls wait for it, and their time begins with it."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()

        def work(resident: Resident[EngineT]) -> None:
            try:
                resident.get()
            except BaseException as error:  # noqa: BLE001 - handed to whoever awaits the load
                thread.stop()
                post(loop, settle, ready, None, error)
            else:
                post(loop, settle, ready, None, None)

        thread = self._thread = self._new_thread()
        self._ready = ready
        forget(ready)
        self._submit(work, loads=True)

    @property
    def begun(self) -> bool:
        """Whether the engine was ever asked for."""
        return self._ready is not None

    async def loaded(self) -> None:
        """Wait until the engine has been loaded. Raises what its `load` raises."""
        if self._ready is not None:
            # Whoever else waits for it still does when this one is cancelled.
            await asyncio.shield(self._ready)

    def warm(self) -> None:
        """Load the engine again if it was freed, in the background: it will be needed soon."""

        def work(resident: Resident[EngineT]) -> None:
            try:
                resident.get()
            except Exception as error:  # noqa: BLE001 - the call that needs it tells the user
                _LOGGER.info("%s cannot be loaded ahead: %s", self._name, error)

        self._submit(work, loads=True)

    async def call(
        self, function: Callable[[EngineT, CancelToken], ResultT], timeout_s: float
    ) -> ResultT:
        """Run `function(engine, token)` on the thread.

        Raises:
            WorkerTimeoutError: It took longer than `timeout_s`.
            StageError: What the function raised of them, or why there is no engine any more.
            WorkerFailedError: It raised anything else.
        """
        await self.loaded()
        loop = asyncio.get_running_loop()
        token = CancelToken()
        future: asyncio.Future[ResultT] = loop.create_future()

        def work(resident: Resident[EngineT]) -> None:
            try:
                token.check()
                result = resident.use(lambda engine: function(engine, token))
            except BaseException as error:  # noqa: BLE001 - handed to whoever awaits the call
                post(loop, settle, future, None, error)
            else:
                post(loop, settle, future, result, None)

        thread, job = self._submit(work)
        try:
            await asyncio.wait([future], timeout=timeout_s)
        except asyncio.CancelledError:
            token.cancel()
            forget(future)
            self._watch(thread, job)
            raise
        if not future.done():
            token.cancel()
            forget(future)
            await self._give_up_unless(asyncio.wait([future]), thread)
            self._raise(WorkerTimeoutError(f"{self._name} took longer than {timeout_s:g} s"))
        if (error := future.exception()) is not None:
            self._raise(error)
        return future.result()

    async def stream(
        self, function: Callable[[EngineT, CancelToken], Iterator[ResultT]], timeout_s: float
    ) -> AsyncGenerator[ResultT, None]:
        """Items of `function(engine, token)` as the thread makes them.

        Raises:
            WorkerTimeoutError: The next item took longer than `timeout_s`.
            StageError: What the function raised of them, or why there is no engine any more.
            WorkerFailedError: It raised anything else.
        """
        await self.loaded()
        loop = asyncio.get_running_loop()
        token = CancelToken()
        items: asyncio.Queue[ResultT | _End] = asyncio.Queue()
        room = threading.Semaphore(_AHEAD)

        def work(resident: Resident[EngineT]) -> None:
            error: BaseException | None = None
            try:
                token.check()
                for item in resident.stream(lambda engine: function(engine, token)):
                    while not room.acquire(timeout=0.05):
                        token.check()
                    post(loop, items.put_nowait, item)
            except BaseException as raised:  # noqa: BLE001 - handed to whoever awaits the stream
                error = raised
            post(loop, items.put_nowait, _End(error))

        thread, job = self._submit(work)
        try:
            while True:
                try:
                    async with asyncio.timeout(timeout_s):
                        item = await items.get()
                except TimeoutError:
                    token.cancel()
                    await self._give_up_unless(_drained(items), thread)
                    what = f"{self._name} said nothing for {timeout_s:g} s"
                    self._raise(WorkerTimeoutError(what))
                if isinstance(item, _End):
                    break
                room.release()
                yield item
            if item.error is not None:
                self._raise(item.error)
        finally:
            token.cancel()
            self._watch(thread, job)

    async def stop(self, timeout_s: float) -> bool:
        """End the thread; False if it was still busy after `timeout_s`."""
        thread, self._thread = self._thread, None
        if thread is None:
            return True
        thread.stop()
        return await asyncio.to_thread(thread.join, timeout_s)

    def _raise(self, error: BaseException) -> NoReturn:
        """Raise it as the caller gets it: what fails now ends a turn, not the daemon."""
        if not isinstance(error, Exception):
            raise error
        failure: StageError
        if isinstance(error, StageError):
            failure = error
        elif isinstance(error, MarvinError):
            # An engine that is loaded again may find its files gone.
            failure = StageError(str(error))
        else:
            _LOGGER.error("%s failed", self._name, exc_info=error)
            failure = WorkerFailedError(f"{self._name} failed: {type(error).__name__}: {error}")
        failure.stage = self._stage
        raise failure from error.__cause__ if failure is error else error

    def _new_thread(self) -> EngineThread[EngineT]:
        resident = Resident(self._name, self._load, self._places, self._notify)
        return EngineThread(self._name, resident, self._idle_unload_s)

    def _submit(
        self, work: Callable[[Resident[EngineT]], None], *, loads: bool = False
    ) -> tuple[EngineThread[EngineT], Job[EngineT]]:
        if self._thread is None:
            raise RuntimeError(f"{self._name} has not been started")
        job = Job(work, loads=loads)
        self._thread.submit(job)
        return self._thread, job

    async def _give_up_unless(
        self, ended: Awaitable[object], thread: EngineThread[EngineT]
    ) -> None:
        """Wait for a call that is over its time to end; if it does not, leave it its thread."""
        try:
            async with asyncio.timeout(GRACE_S):
                await ended
        except TimeoutError:
            self._give_up(thread)

    def _watch(self, thread: EngineThread[EngineT], job: Job[EngineT]) -> None:
        """See to it that a call that was cancelled ends, for nobody waits for it."""

        def look() -> None:
            if job.ended or thread is not self._thread:
                return
            if job.begun and not thread.loads():
                self._give_up(thread)
            else:
                self._watch(thread, job)

        if not job.ended:
            asyncio.get_running_loop().call_later(HANGS_S, look)

    def _give_up(self, thread: EngineThread[EngineT]) -> None:
        """Leave a thread that hangs its engine, and have a new one load another."""
        # Loading is no hanging, and begun anew it takes longer and more memory.
        if thread is not self._thread or thread.loads():
            return
        self.abandoned += 1
        before = [] if thread.works else [one for one in self._hung if not one.join(0.0)]
        self._hung = [*before, thread]
        thread.stop()
        self._thread = self._new_thread()
        if len(self._hung) < HANGS_IN_A_ROW:
            _LOGGER.error("%s hangs: its engine is loaded again on a new thread", self._name)
            self.warm()
        else:
            # Told, not raised: there may be nobody who waits for the call.
            self._despair(
                EngineHangsError(
                    f"{self._name} hangs: {len(self._hung)} calls in a row did not end, each on an "
                    "engine that was loaded anew; start Marvin again, and if that does not help, "
                    "see `marvin doctor` and `marvin placement` for what it runs on"
                )
            )


async def _drained(items: "asyncio.Queue[ResultT | _End]") -> None:
    while not isinstance(await items.get(), _End):
        pass
