"""Line output that never blocks on a slow or stuck reader."""

import contextlib
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self, TextIO

MOST_LINES = 1_000
"""Maximum backlog in lines; beyond it the oldest are dropped."""
_STUCK_S = 5.0
"""A write normally takes microseconds; after this time the reader counts as stuck."""
_PATIENCE_S = 3.0
"""On close, the backlog is dropped if the output accepts nothing for this long."""


def lines_lost(count: int) -> str:
    return f"... {count} lines were lost: nobody read them"


class Outflow:
    """Writes lines to a stream from its own thread, so that callers never wait.

    Beyond a backlog of `most` lines the oldest are dropped, counted, and reported once the output
    accepts data again. Characters missing from the stream's encoding become question marks.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        most: int | None = MOST_LINES,
        lost: Callable[[int], str] = lines_lost,
        warn: Callable[[str], None] = lambda what: None,
    ) -> None:
        """`lost` formats the report of dropped lines; `warn` is called if the output is stuck."""
        self._write = _writing_to(stream)
        self._encoding = stream.encoding or "utf-8"
        self._most = most
        self._lost_line = lost
        self._warn = warn
        self._lines: deque[bytes] = deque()
        self._lost = 0
        self._changed = threading.Condition()
        self._writing_since: float | None = None
        self._warned = False
        self._closing = False
        self._broken = False
        self._flowed = False
        """Whether anything was written since `close` last checked."""
        self._thread = threading.Thread(target=self._run, name="marvin-output", daemon=True)
        stream.flush()
        self._thread.start()

    def put(self, line: str) -> None:
        """Queue a line, given without its newline. Raises BrokenPipeError if the reader is gone."""
        if self._broken:
            raise BrokenPipeError
        with self._changed:
            if self._most is not None and len(self._lines) >= self._most:
                self._lines.popleft()
                self._lost += 1
            self._lines.append(self._encoded(line))
            self._changed.notify_all()
            since = self._writing_since
            stuck = self._lost > 0 or (since is not None and time.monotonic() - since > _STUCK_S)
            told, self._warned = self._warned, self._warned or stuck
        if stuck and not told:
            self._warn("nobody reads the output: Marvin continues, and drops the oldest lines")

    def close(self) -> bool:
        """Flush what the output accepts; returns whether everything was written.

        Raises:
            BrokenPipeError: The reader has closed the output.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            while not self._done():
                self._flowed = False
                if not self._changed.wait_for(lambda: self._flowed or self._done(), _PATIENCE_S):
                    break
            left = len(self._lines) + (self._writing_since is not None)
        if self._broken:
            raise BrokenPipeError
        if left:
            self._warn(f"nobody reads the output: {left + self._lost} lines were not written")
        return not left

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # An exception in flight matters more than the closed pipe.
        with contextlib.suppress(*([BrokenPipeError] if kind else [])):
            self.close()

    def _encoded(self, line: str) -> bytes:
        return f"{line}\n".encode(self._encoding, errors="replace")

    def _done(self) -> bool:
        return self._broken or not (self._lines or self._writing_since is not None)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines or self._closing)
                if not self._lines:
                    return
                line = self._lines.popleft()
                lost, self._lost = self._lost, 0
                self._writing_since = time.monotonic()
            if lost:
                line = self._encoded(self._lost_line(lost)) + line
            self._send(line)
            with self._changed:
                self._writing_since = None
                self._changed.notify_all()
                if self._broken:
                    return

    def _send(self, rest: bytes) -> None:
        try:
            while rest:
                count = self._write(rest)
                rest = rest[count:]
                with self._changed:
                    self._flowed = True
                    self._changed.notify_all()
            self._warned = False
        except BrokenPipeError:
            self._broken = True
        except (OSError, ValueError) as error:
            # For example, the disk is full or the terminal is gone.
            told, self._warned = self._warned, True
            if not told:
                self._warn(f"output is lost: {getattr(error, 'strerror', None) or error}")


def _writing_to(stream: TextIO) -> Callable[[bytes], int]:
    """Bypass the stream's buffer, whose lock a stuck thread would hold."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        # An in-memory stream, as in tests.
        return lambda line: stream.write(line.decode(stream.encoding or "utf-8")) and len(line)

    def write(line: bytes) -> int:
        while True:
            try:
                return os.write(descriptor, line)
            except BlockingIOError:
                # Another program sharing the terminal has set O_NONBLOCK.
                waiting = select.poll()
                waiting.register(descriptor, select.POLLOUT)
                waiting.poll()

    return write
