"""Logging to a terminal, or to the journal with its own levels and timestamps."""

import contextlib
import functools
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from marvin.boundary.outflow import Outflow
from marvin.boundary.redaction import redact, trace
from marvin.boundary.terminal import plain

_JOURNAL_PRIORITY = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


def in_journal(descriptor: int = 1) -> bool:
    """Whether file descriptor 1 or 2 is connected to the systemd journal.

    JOURNAL_STREAM alone is no proof: terminals of a desktop started by systemd inherit it.
    """
    try:
        there = os.fstat(descriptor)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{there.st_dev}:{there.st_ino}"


def configure_logging(verbosity: int) -> None:
    """0: WARNING, 1: INFO, 2: DEBUG, which includes transcripts and replies."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]
    stream = logging.StreamHandler(_stderr())
    if in_journal(2):
        # A service's log is read afterwards, so INFO is always included.
        level = min(level, logging.INFO)
        stream.setFormatter(_JournalFormatter("%(name)s: %(message)s"))
    else:
        stream.setFormatter(_Formatter("%(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("marvin")
    logger.handlers[:] = [stream]
    logger.setLevel(level)
    logger.propagate = False


@contextlib.contextmanager
def never_waiting() -> Iterator[None]:
    """Within this context logging never blocks on a full stderr pipe, in libraries neither."""
    (handler,) = logging.getLogger("marvin").handlers
    root = logging.getLogger()
    assert isinstance(handler, logging.StreamHandler)
    direct = handler.stream
    lost = "WARNING marvin.log: {} messages were lost: nobody read them".format
    outflow = Outflow(direct, lost=lost)
    handler.setStream(_Lines(outflow))
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        with contextlib.suppress(BrokenPipeError):
            # If stderr is stuck, writing to it directly would block process exit.
            if outflow.close():
                handler.setStream(direct)


class _Lines:
    """Adapts an Outflow to the stream interface of `logging`: one message with newline per call."""

    def __init__(self, outflow: Outflow) -> None:
        self._outflow = outflow

    def write(self, text: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._outflow.put(text.removesuffix("\n"))

    def flush(self) -> None:
        """No-op: the writer thread does not buffer."""


def _stderr() -> TextIO:
    """The original stderr, even while it is redirected around audio calls (`audio.calls`)."""
    return _kept() if sys.stderr is sys.__stderr__ else sys.stderr


@functools.cache
def _kept() -> TextIO:
    try:
        return open(os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    except OSError:
        # The process has no stderr.
        return sys.stderr


class _Formatter(logging.Formatter):
    """Redacts secrets and strips terminal control sequences."""

    def format(self, record: logging.LogRecord) -> str:
        return plain(redact(super().format(record)))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name that logging calls
        _, error, _ = ei
        if error is None or logging.getLogger("marvin").isEnabledFor(logging.DEBUG):
            return super().formatException(ei)
        return trace(error)


class _JournalFormatter(_Formatter):
    """Prefixes each line with its priority (sd-daemon(3))."""

    def format(self, record: logging.LogRecord) -> str:
        priority = _JOURNAL_PRIORITY.get(record.levelno, 6)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())
