"""An event loop of the calling thread, so that blocking calls have time limits and can be cancelled
at once. No thread needs to be abandoned (compare `boundary/hanging.py`)."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from marvin.cancellation import Cancelled, CancelToken

ResultT = TypeVar("ResultT")


class PrivateLoop:
    """Used by one thread at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def time(self) -> float:
        return self._loop.time()

    def run(self, work: Coroutine[Any, Any, ResultT], token: CancelToken) -> ResultT:
        """Run `work` on this thread. Cancelling the token interrupts it at its current await."""
        task = self._loop.create_task(work)

        def cancel() -> None:
            self._loop.call_soon_threadsafe(task.cancel)

        try:
            with token.on_cancel(cancel):
                return self._loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise Cancelled from None

    def finish(self, work: Coroutine[Any, Any, object]) -> None:
        """Run what closes a connection, unless the loop is closed already."""
        if self._loop.is_closed():
            work.close()
        else:
            self._loop.run_until_complete(work)

    def close(self) -> None:
        self._loop.close()
