"""Controls the llama.cpp process: starts it, asks it, cancels and restarts it.

A crash in C++ ends that process and not Marvin, and one that hangs can be killed.
"""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, NoReturn

from marvin.backends.child_process import await_status, end, spawn
from marvin.boundary.terminal import one_line
from marvin.cancellation import CancelToken
from marvin.errors import LanguageModelError, ModelLoadError

_LOGGER = logging.getLogger(__name__)

_CHILD = Path(__file__).with_name("llama_child.py")
_POLL_S = 0.02
"""Interval at which the cancel token is checked while nothing arrives."""
_HUSH_S = 0.5
"""Time to react to a cancel before its reader goes on."""
_STUCK_S = 10.0
"""A cancelled request that still runs after this has hung: one step takes no longer."""
_LAST_WORDS = 4096
"""Bytes of llama.cpp's messages that are looked at."""

Answer = Mapping[str, Any]


class LlamaDiedError(LanguageModelError):
    """The process died, or hung and was killed, during a request."""


class LlamaRefusedError(LanguageModelError):
    """llama.cpp answered with an error."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f"llama.cpp refused: {one_line(str(error.get('message', '')))}")
        self.too_long = error.get("type") == "exceed_context_size_error"


class LlamaProcess:
    """A running llama.cpp with one model. Used by one thread at a time; restarted on use."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        """`settings` are those of the child; its messages about them are in `last_words`."""
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: _Lines | None = None
        self._messages: IO[bytes] | None = None
        self._number = 0
        """Of the latest request."""
        self._ready = False
        """Whether it has loaded the model."""
        self._open = False
        """Whether the latest request has not ended."""
        self.last_words = ""
        """What llama.cpp wrote before the process ended."""

    @property
    def pid(self) -> int | None:
        """Process id, or None if it is not running."""
        return None if self._process is None else self._process.pid

    @property
    def ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def start(self, token: CancelToken) -> None:
        """Start the process, unless it is running, and wait until it has loaded the model.

        Raises:
            ModelLoadError: xllamacpp is missing.
            LlamaDiedError: It did not start: see `last_words`.
            Cancelled: The token was cancelled; the process goes on loading.
        """
        if self.ended:
            self._spawn()
        if not self._ready:
            first = self._next(token)
            if "failed" in first:
                self._died(str(first["failed"]))
            self._ready = True

    def _spawn(self) -> None:
        self.close()
        site = _site()
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._process = spawn(
            _CHILD,
            stderr=self._messages,
            # Threads that wait for each other spin for a moment only: for long, they take the time
            # of those they wait for if the voice speaks meanwhile; not at all, they wake up late.
            env={"OMP_WAIT_POLICY": "active", "GOMP_SPINCOUNT": "2000", **os.environ},
        )
        assert self._process.stdout is not None
        self._lines = _Lines(self._process.stdout.fileno())
        self._send({**self._settings, "site": site})

    def ask(
        self,
        body: Mapping[str, object],
        token: CancelToken,
        on_calls: Callable[[Answer], None] = lambda answer: None,
    ) -> Iterator[str]:
        """Yield the answer to a chat completion as it is written; empty texts are signs of work.
        `on_calls` gets its `tool_calls`, in pieces.

        Raises:
            LlamaRefusedError: Before the first text.
            LlamaDiedError: The process died.
            Cancelled: The token was cancelled.
        """
        token.check()
        yield from self._settle(token)
        self._number += 1
        number = self._number
        try:
            for answer in self._answers(self._request(body, token), token):
                if "error" in answer:
                    raise LlamaRefusedError(answer["error"])
                if "tool_calls" in answer:
                    on_calls(answer)
                yield answer["text"]
                token.check()
        finally:
            # Unless this is the late clean-up of a generator, and another request is running.
            if self._open and number == self._number:
                self._hush()

    def close(self) -> None:
        """Kill the process."""
        process, self._process = self._process, None
        self._ready = self._open = False
        if process is not None:
            end(process)
        if self._messages is not None:
            self.last_words = _end_of(self._messages)
            self._messages.close()
            self._messages = None

    def _request(self, body: Mapping[str, object], token: CancelToken) -> Answer:
        """Returns the first answer."""
        new = self.ended
        self.start(token)
        self._open = True
        try:
            self._send({"number": self._number, "body": body})
            return self._next(token)
        except LlamaDiedError as error:
            if new:
                raise
            # It was killed since the latest request: its threads may end a moment after that.
            _LOGGER.warning("%s; it is started again", error)
            return self._request(body, token)

    def _answers(self, answer: Answer, token: CancelToken) -> Iterator[Answer]:
        """Those to the latest request, until it ends."""
        number = self._number
        while True:
            if answer.get("number") == number:
                if "end" in answer:
                    self._open = False
                    return
                yield answer
            answer = self._next(token)

    def _hush(self) -> None:
        """Cancel the request, and wait a moment for its end."""
        try:
            self._send({"cancel": self._number})
            self._wait_for_end(_HUSH_S)
        except LlamaDiedError as error:
            _LOGGER.debug("%s while it was cancelled", error)

    def _settle(self, token: CancelToken) -> Iterator[str]:
        """Wait for the end of a cancelled request: on a slow machine one step takes long."""
        end_s = time.monotonic() + _STUCK_S
        while self._open:
            if time.monotonic() > end_s:
                _LOGGER.warning("llama.cpp hangs: its process is started again")
                self.close()
                return
            try:
                self._wait_for_end(_HUSH_S)
            except LlamaDiedError as error:
                _LOGGER.warning("%s; it is started again", error)
                return
            token.check()
            yield ""

    def _wait_for_end(self, limit_s: float) -> None:
        end_s = time.monotonic() + limit_s
        while self._open and (left_s := end_s - time.monotonic()) > 0:
            answer = self._read(left_s)
            if answer is not None and answer.get("number") == self._number and "end" in answer:
                self._open = False

    def _send(self, request: Mapping[str, object]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            self._died()

    def _next(self, token: CancelToken) -> Answer:
        while (answer := self._read(_POLL_S)) is None:
            token.check()
        return answer

    def _read(self, limit_s: float) -> Answer | None:
        assert self._lines is not None
        try:
            line = self._lines.read(limit_s)
        except EOFError:
            self._died()
        return None if line is None else json.loads(line)

    def _died(self, what: str = "") -> NoReturn:
        process = self._process
        if not what:
            await_status(process)
        self.close()
        status = "unknown" if process is None else process.returncode
        if self.last_words:
            _LOGGER.debug("llama.cpp wrote: %s", self.last_words)
        raise LlamaDiedError(what or f"the llama.cpp process died (status {status})")


class _Lines:
    """The lines of a pipe, read with a time limit."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._poll = select.poll()
        self._poll.register(pipe, select.POLLIN)
        self._rest = b""

    def read(self, limit_s: float) -> bytes | None:
        """None after the limit. Raises EOFError at the end."""
        end_s = time.monotonic() + limit_s
        while b"\n" not in self._rest:
            left_s = max(0.0, end_s - time.monotonic())
            if not self._poll.poll(left_s * 1000):
                return None
            new = os.read(self._pipe, 1 << 16)
            if not new:
                raise EOFError
            self._rest += new
        line, _, self._rest = self._rest.partition(b"\n")
        return line


def _end_of(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LAST_WORDS))
    return file.read().decode("utf-8", "replace").strip()


def _site() -> str:
    """The folder that xllamacpp is installed in. Only the child imports it."""
    found = find_spec("xllamacpp")
    if found is None or found.origin is None:
        raise ModelLoadError(
            'llm.engine = "gguf" needs llama.cpp, which is missing: `pip install xllamacpp`'
        )
    return str(Path(found.origin).parents[1])
