"""Cancels a model call that runs on another thread."""

import contextlib
import threading
from collections.abc import Callable, Iterator


class Cancelled(BaseException):
    """Raised inside a cancelled model call.

    Not an `Exception`, so that no adapter mistakes it for a failure of its library.
    """


class CancelToken:
    """Cancels one call. Tokens are never reset: each call gets a new one."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Ask the call to stop at its next check. Safe from any thread."""
        # Under the lock, so that no callback runs after its `on_cancel` block has exited.
        with self._lock:
            self._event.set()
            while self._callbacks:
                self._callbacks.pop()()

    @property
    def cancelled(self) -> bool:
        """Whether the call has been asked to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise Cancelled if the call has been asked to stop. Call between model steps."""
        if self._event.is_set():
            raise Cancelled

    @contextlib.contextmanager
    def on_cancel(self, callback: Callable[[], None]) -> Iterator[None]:
        """For a blocking call that cannot check: `callback` wakes it, on the cancelling thread.

        The callback must be quick. It runs at most once: within the block, or on entry if the call
        is already cancelled.
        """
        with self._lock:
            if self._event.is_set():
                callback()
            else:
                self._callbacks.append(callback)
        try:
            yield
        finally:
            with self._lock, contextlib.suppress(ValueError):
                self._callbacks.remove(callback)
