"""What becomes of a call on a thread, brought to whoever awaits it on the event loop."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from marvin.cancellation import Cancelled

_LOGGER = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")


def post(loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *args: object) -> None:
    """`call_soon_threadsafe` from a thread that may outlive the loop."""
    try:
        loop.call_soon_threadsafe(callback, *args)
    except RuntimeError:
        _LOGGER.debug("the loop was closed before a result came")


def settle(future: "asyncio.Future[ResultT]", result: ResultT, error: BaseException | None) -> None:
    """On the event loop: the result, or the error that came instead of one."""
    if future.done():
        return
    if isinstance(error, Cancelled):
        future.cancel()
    elif error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


def forget(future: "asyncio.Future[ResultT]") -> None:
    """Nobody waits any more: whatever becomes of it is not an unretrieved error."""
    future.add_done_callback(lambda done: None if done.cancelled() else done.exception())
