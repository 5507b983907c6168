"""Stopping a model call that runs on another thread."""

import threading


class Cancelled(BaseException):
    """Raised inside a model call whose token was cancelled.

    Not an `Exception`, so that no adapter takes it for a failure of its library.
    """


class CancelToken:
    """The cancel mark of one call. A new call gets a new token: marks are never cleared."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the call to stop at its next check. Safe from any thread."""
        self._event.set()

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
