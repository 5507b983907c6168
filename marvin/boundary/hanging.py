"""Work that may hang: done on a thread, waited for within a limit, and left behind if it hangs.

A thread cannot be killed, so one that hangs is abandoned: what it returns later goes nowhere, or to
a callback. Threads are daemons, and their names begin with `marvin-`, by which the command line
finds those that still run at the end of the process.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from marvin.cancellation import Cancelled

_LOGGER = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")


def start(name: str, work: Callable[[], ResultT]) -> "Future[ResultT]":
    """Do the work on a new thread."""
    future: Future[ResultT] = Future()
    threading.Thread(target=perform, args=(future, work), name=name, daemon=True).start()
    return future


def perform(future: "Future[ResultT]", work: Callable[[], ResultT]) -> None:
    """Do the work on this thread, unless it was abandoned before."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except Cancelled:
        # Without its traceback, whose frames would keep an engine in memory.
        future.set_exception(Cancelled())
    except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
        future.set_exception(error)
        # The traceback has this frame, and the future has the traceback.
        del future


async def ended(future: "Future[Any]", limit_s: float | None = None) -> bool:
    """Wait on the event loop until it has ended; False: not within the limit."""
    loop = asyncio.get_running_loop()
    woken: asyncio.Future[None] = loop.create_future()
    # Also when it has ended already, others on the loop get their turn.
    future.add_done_callback(lambda _: post(loop, woken.set_result, None))
    await asyncio.wait([woken], timeout=limit_s)
    return future.done()


def abandon(
    future: "Future[ResultT]", late: Callable[[ResultT], object] = lambda result: None
) -> None:
    """Nobody waits for it: it does not begin any more, or its result, once there, goes to `late`,
    on the thread that makes it."""
    if not future.cancel():
        future.add_done_callback(lambda done: done.exception() or late(done.result()))


def post(loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *args: object) -> None:
    """`call_soon_threadsafe` from a thread that may outlive the loop."""
    try:
        loop.call_soon_threadsafe(callback, *args)
    except RuntimeError:
        _LOGGER.debug("the loop was closed before a result came")
