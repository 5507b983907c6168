"""What becomes of a call on a thread, brought to whoever awaits it on the event loop."""

import asyncio
import logging
import threading
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


class LateError(Exception):
    """It takes too long; its thread is left behind."""


async def in_thread(work: Callable[[], ResultT], limit_s: float, name: str) -> ResultT:
    """The result of `work`, or what it raises, from a thread of its own that ends nothing late.

    Raises:
        LateError: It takes longer than the limit.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[ResultT] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            post(loop, settle, future, None, error)
        else:
            post(loop, settle, future, result, None)

    # By its name the command line knows that the process has to end without it.
    threading.Thread(target=run, name=f"marvin-{name}", daemon=True).start()
    done, _ = await asyncio.wait([future], timeout=limit_s)
    if not done:
        forget(future)
        raise LateError
    return future.result()
