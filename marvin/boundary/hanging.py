"""Runs calls that may hang on daemon threads, which are abandoned after a time limit.

Threads cannot be killed. The late result of an abandoned one is dropped or passed to a callback.
Thread names start with `marvin-`, which lets the CLI find threads still running at exit.
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
    """Run `work` on a new daemon thread."""
    future: Future[ResultT] = Future()
    threading.Thread(target=perform, args=(future, work), name=name, daemon=True).start()
    return future


def perform(future: "Future[ResultT]", work: Callable[[], ResultT]) -> None:
    """Run `work` on this thread, unless the future was cancelled before."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except Cancelled:
        # A new one: the frames in its traceback would keep an engine in memory.
        future.set_exception(Cancelled())
    except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
        future.set_exception(error)
        # Break the reference cycle of future, traceback and this frame.
        del future


async def ended(future: "Future[Any]", limit_s: float | None = None) -> bool:
    """Wait for the future on the event loop; returns False after `limit_s`."""
    loop = asyncio.get_running_loop()
    woken: asyncio.Future[None] = loop.create_future()
    # Yields to the event loop even if the future is done already.
    future.add_done_callback(lambda _: post(loop, woken.set_result, None))
    await asyncio.wait([woken], timeout=limit_s)
    return future.done()


def abandon(
    future: "Future[ResultT]", late: Callable[[ResultT], object] = lambda result: None
) -> None:
    """Cancel a call that has not started; otherwise pass its eventual result to `late`, on the
    call's thread."""
    if not future.cancel():
        future.add_done_callback(lambda done: done.exception() or late(done.result()))


def post(loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *args: object) -> None:
    """`call_soon_threadsafe` for threads that may outlive the loop."""
    try:
        loop.call_soon_threadsafe(callback, *args)
    except RuntimeError:
        _LOGGER.debug("the event loop was closed before a result arrived")
