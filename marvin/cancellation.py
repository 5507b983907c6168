"""Stopping a model call that runs on another thread."""

import contextlib
import threading
from collections.abc import Callable, Iterator


class Cancelled(BaseException):
    """Raised inside a model call whose token was cancelled.

    Not an `Exception`, so that no adapter takes it for a failure of its library.
    """


class CancelToken:
    """The cancel mark of one call. A new call gets a new token: marks are never cleared."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Ask the call to stop at its next check. Safe from any thread."""
        # Under the lock, so that no callback runs after its `on_cancel` is left.
        with self._lock:
            self._event.set()
            while self._callbacks:
                self._callbacks.pop()()

    @property
    def cancelled(self) -> bool:
        """Whether the call has been asked to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Called by adapters between model steps.

        Raises:
            Cancelled: The call has been asked to stop.
        """
        if self._event.is_set():
            raise Cancelled

    @contextlib.contextmanager
    def on_cancel(self, callback: Callable[[], None]) -> Iterator[None]:
        """For a call that waits and cannot check: `callback` wakes it, on the thread that cancels.

        It runs once, while the block runs or as it begins, and must be quick.
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
