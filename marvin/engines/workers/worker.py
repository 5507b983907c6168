"""Runs one engine on one thread, with time limits, and replaces the thread if it hangs."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, Generic, NoReturn, TypeVar

from marvin.backends.pretrained.place import CPU, Place
from marvin.boundary.hanging import ended, post
from marvin.cancellation import Cancelled, CancelToken
from marvin.engines.workers.resident import Resident
from marvin.engines.workers.thread import EngineThread
from marvin.errors import MarvinError, StageError

_LOGGER = logging.getLogger(__name__)

EngineT = TypeVar("EngineT")
ResultT = TypeVar("ResultT")

GRACE_S = 0.5
"""Time a call past its limit has to notice the cancellation before its thread is abandoned."""
HANGS_S = 5.0
"""The same for a cancelled call: enough for one step of a large model on a slow machine."""
HANGS_IN_A_ROW = 3
"""Consecutive hung threads, each still holding memory, after which only a new process helps.
A thread whose call finished late does not count."""
GIVES_WAY = 5
"""How often a call gives way to others before it is done."""
_AHEAD = 32
"""Maximum number of items a streaming call may be ahead of its reader."""


class WorkerTimeoutError(StageError):
    """A call exceeded its time limit."""


class WorkerFailedError(StageError):
    """A call raised an unexpected exception: a bug, logged with its traceback."""


class EngineHangsError(MarvinError):
    """An engine keeps hanging after being reloaded. Ends the process."""


class Worker(Generic[EngineT]):
    """Runs an engine's calls on a dedicated thread, each with a cancel token and a time limit.

    A call past its limit is cancelled through its token. If it does not stop, its thread is
    abandoned and a new one reloads the engine: a hung model must not block the assistant.
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
        """`load` creates the engine at the first of `places` that works; it is freed after
        `idle_unload_s` without a call (0: never). `places`, `load` and `notify`, which reports
        moves, are called on the worker's thread; `despair`, which reports a hang that only a new
        process can fix, on the event loop."""
        self._name = name
        self._stage = name.removeprefix("marvin-").partition(".")[0]
        self._load = load
        self._places = places
        self._idle_unload_s = idle_unload_s
        self._notify = notify
        self._despair = despair
        self._hung: list[EngineThread[EngineT]] = []
        """Consecutive abandoned threads that are still running and never finished a call."""
        self._thread: EngineThread[EngineT] | None = None
        self._ready: Future[None] | None = None
        """Done once the engine has been loaded for the first time."""
        self.abandoned = 0
        """Number of threads abandoned so far."""

    async def start(self) -> None:
        """Load the engine. Raises any exception of `load`."""
        self.begin()
        await self.loaded()

    def begin(self) -> None:
        """Load the engine in the background. Calls wait for it before their time limit starts."""
        thread = self._thread = self._new_thread()

        def end_if_failed(ready: "Future[None]") -> None:
            if ready.exception() is not None:
                thread.stop()

        self._ready = thread.load()
        self._ready.add_done_callback(end_if_failed)

    @property
    def begun(self) -> bool:
        """Whether loading has been started."""
        return self._ready is not None

    async def loaded(self) -> None:
        """Wait until the engine has been loaded. Raises any exception of `load`."""
        if self._ready is not None:
            if not self._ready.done():
                await ended(self._ready)
            self._ready.result()

    def warm(self) -> None:
        """Reload the engine in the background if it was freed, as it will be needed soon."""

        def tell(loaded: "Future[None]") -> None:
            # The call that needs the engine reports the error to the user.
            if (error := loaded.exception()) is not None:
                _LOGGER.info("%s cannot be loaded ahead: %s", self._name, error)

        self._running().load().add_done_callback(tell)

    async def call(
        self,
        function: Callable[[EngineT, CancelToken], ResultT],
        timeout_s: float,
        *,
        priority: int = 0,
        gives_way: bool = False,
    ) -> ResultT:
        """Run `function(engine, token)` on the thread. Queued calls with a lower `priority` number,
        and earlier ones with the same, run first. With `gives_way` the call is also stopped for
        those, and begins again after them.

        Raises:
            WorkerTimeoutError: It took longer than `timeout_s`.
            StageError: Raised by the function, or the engine could not be reloaded.
            WorkerFailedError: The function raised any other exception.
        """
        for ways in reversed(range(GIVES_WAY * gives_way + 1)):
            try:
                return await self._call(function, timeout_s, priority, gives_way=ways > 0)
            except Cancelled:
                continue
        raise AssertionError("the last one gives way to nothing")

    async def _call(
        self,
        function: Callable[[EngineT, CancelToken], ResultT],
        timeout_s: float,
        priority: int,
        *,
        gives_way: bool,
    ) -> ResultT:
        """Raises as `call`; Cancelled if it `gives_way` and has done so."""
        await self.loaded()
        token, thread = CancelToken(), self._running()
        call = thread.call(
            lambda at: at.use(lambda engine: function(engine, token)),
            priority,
            token if gives_way else None,
        )
        try:
            if not await ended(call, timeout_s):
                token.cancel()
                await self._give_up_unless_ended(thread, call)
                self._raise(WorkerTimeoutError(f"{self._name} took longer than {timeout_s:g} s"))
        finally:
            if not call.done():
                token.cancel()
                self._watch(thread, call)
        if (error := call.exception()) is not None:
            self._raise(error)
        return call.result()

    async def stream(
        self,
        function: Callable[[EngineT, CancelToken], Iterator[ResultT]],
        timeout_s: float,
        *,
        priority: int = 0,
    ) -> AsyncGenerator[ResultT, None]:
        """Yield items of `function(engine, token)` as they are produced; `priority` as in `call`.

        Raises:
            WorkerTimeoutError: The next item took longer than `timeout_s`.
            StageError: Raised by the function, or the engine could not be reloaded.
            WorkerFailedError: The function raised any other exception.
        """
        await self.loaded()
        loop = asyncio.get_running_loop()
        token, thread = CancelToken(), self._running()
        items: asyncio.Queue[ResultT | Future[None]] = asyncio.Queue()
        room = threading.Semaphore(_AHEAD)

        def work(resident: Resident[EngineT]) -> None:
            for item in resident.stream(lambda engine: function(engine, token)):
                while not room.acquire(timeout=0.05):
                    token.check()
                post(loop, items.put_nowait, item)

        call = thread.call(work, priority)
        # The call itself marks the end of its items.
        call.add_done_callback(lambda call: post(loop, items.put_nowait, call))
        try:
            while True:
                try:
                    async with asyncio.timeout(timeout_s):
                        item = await items.get()
                except TimeoutError:
                    token.cancel()
                    await self._give_up_unless_ended(thread, call)
                    what = f"{self._name} said nothing for {timeout_s:g} s"
                    self._raise(WorkerTimeoutError(what))
                if isinstance(item, Future):
                    break
                room.release()
                yield item
            if (error := item.exception()) is not None:
                self._raise(error)
        finally:
            token.cancel()
            self._watch(thread, call)

    async def stop(self, timeout_s: float) -> bool:
        """Stop the thread; returns False if it is still running after `timeout_s`."""
        thread, self._thread = self._thread, None
        if thread is None:
            return True
        thread.stop()
        return await asyncio.to_thread(thread.join, timeout_s)

    def _raise(self, error: BaseException) -> NoReturn:
        """Raise `error` as a StageError, which ends the turn and not the daemon."""
        if not isinstance(error, Exception):
            raise error
        failure: StageError
        if isinstance(error, StageError):
            failure = error
        elif isinstance(error, MarvinError):
            # A reloaded engine may find that its files are missing.
            failure = StageError(str(error))
        else:
            _LOGGER.error("%s failed", self._name, exc_info=error)
            failure = WorkerFailedError(f"{self._name} failed: {type(error).__name__}: {error}")
        failure.stage = self._stage
        raise failure from error.__cause__ if failure is error else error

    def _new_thread(self) -> EngineThread[EngineT]:
        resident = Resident(self._name, self._load, self._places, self._notify)
        return EngineThread(self._name, resident, self._idle_unload_s)

    def _running(self) -> EngineThread[EngineT]:
        if self._thread is None:
            raise RuntimeError(f"{self._name} has not been started")
        return self._thread

    async def _give_up_unless_ended(
        self, thread: EngineThread[EngineT], call: "Future[Any]"
    ) -> None:
        """Give a call past its limit GRACE_S to end, then abandon its thread."""
        if call.cancel():
            # It has not started. The running call has its own limit, but a load has none.
            if thread.loading:
                self._give_up(thread)
        elif not await ended(call, GRACE_S):
            self._give_up(thread)

    def _watch(self, thread: EngineThread[EngineT], call: "Future[Any]") -> None:
        """Abandon the thread if a call without a waiting caller does not end."""
        if not call.cancel() and not call.done():
            asyncio.get_running_loop().call_later(HANGS_S, self._look, thread, call)

    def _look(self, thread: EngineThread[EngineT], call: "Future[Any]") -> None:
        if thread.loads():
            self._watch(thread, call)
        elif not call.done():
            self._give_up(thread)

    def _give_up(self, thread: EngineThread[EngineT]) -> None:
        """Abandon a hung thread together with its engine, and load the engine on a new thread."""
        # A load in progress is not a hang; restarting it costs more time and memory.
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
            # Reported, not raised: the call may have no waiting caller.
            self._despair(
                EngineHangsError(
                    f"{self._name} hangs: {len(self._hung)} calls in a row did not end, each on a "
                    "newly loaded engine; restart Marvin, and if that does not help, check "
                    "its devices with `marvin doctor` and `marvin placement`"
                )
            )
