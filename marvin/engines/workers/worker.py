"""One thread for one engine: loads it, runs its calls in order, and can be given up on."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, Generic, NoReturn, TypeVar

from marvin.backends.pretrained.place import CPU, Place
from marvin.boundary.hanging import ended, post
from marvin.cancellation import CancelToken
from marvin.engines.workers.resident import Resident
from marvin.engines.workers.thread import EngineThread
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
        self._ready: Future[None] | None = None
        """Done when the engine was loaded for the first time."""
        self.abandoned = 0
        """Threads given up so far."""

    async def start(self) -> None:
        """Load the engine. Raises what its `load` raises."""
        self.begin()
        await self.loaded()

    def begin(self) -> None:
        """Load the engine in the background. Calls wait for it, and their time begins with it."""
        thread = self._thread = self._new_thread()

        def end_if_failed(ready: "Future[None]") -> None:
            if ready.exception() is not None:
                thread.stop()

        self._ready = thread.load()
        self._ready.add_done_callback(end_if_failed)

    @property
    def begun(self) -> bool:
        """Whether the engine was ever asked for."""
        return self._ready is not None

    async def loaded(self) -> None:
        """Wait until the engine has been loaded. Raises what its `load` raises."""
        if self._ready is not None:
            if not self._ready.done():
                await ended(self._ready)
            self._ready.result()

    def warm(self) -> None:
        """Load the engine again if it was freed, in the background: it will be needed soon."""

        def tell(loaded: "Future[None]") -> None:
            # The call that needs it tells the user.
            if (error := loaded.exception()) is not None:
                _LOGGER.info("%s cannot be loaded ahead: %s", self._name, error)

        self._running().load().add_done_callback(tell)

    async def call(
        self,
        function: Callable[[EngineT, CancelToken], ResultT],
        timeout_s: float,
        *,
        priority: int = 0,
    ) -> ResultT:
        """Run `function(engine, token)` on the thread, after waiting calls of a lower `priority`
        and earlier ones of the same.

        Raises:
            WorkerTimeoutError: It took longer than `timeout_s`.
            StageError: What the function raised of them, or why there is no engine any more.
            WorkerFailedError: It raised anything else.
        """
        await self.loaded()
        token, thread = CancelToken(), self._running()
        call = thread.call(lambda at: at.use(lambda engine: function(engine, token)), priority)
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
        """Items of `function(engine, token)` as the thread makes them; `priority` as in `call`.

        Raises:
            WorkerTimeoutError: The next item took longer than `timeout_s`.
            StageError: What the function raised of them, or why there is no engine any more.
            WorkerFailedError: It raised anything else.
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
        # The call itself follows its last item.
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

    def _running(self) -> EngineThread[EngineT]:
        if self._thread is None:
            raise RuntimeError(f"{self._name} has not been started")
        return self._thread

    async def _give_up_unless_ended(
        self, thread: EngineThread[EngineT], call: "Future[Any]"
    ) -> None:
        """Wait for a call that is over its time to end; if it does not, leave it its thread."""
        if call.cancel():
            # It has not begun. What runs instead has a limit of its own, unless it only loads.
            if thread.loading:
                self._give_up(thread)
        elif not await ended(call, GRACE_S):
            self._give_up(thread)

    def _watch(self, thread: EngineThread[EngineT], call: "Future[Any]") -> None:
        """See to it that a call that nobody waits for ends."""
        if not call.cancel() and not call.done():
            asyncio.get_running_loop().call_later(HANGS_S, self._look, thread, call)

    def _look(self, thread: EngineThread[EngineT], call: "Future[Any]") -> None:
        if thread.loads():
            self._watch(thread, call)
        elif not call.done():
            self._give_up(thread)

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
