"""Controls the process of one file of skills: starts it, calls it, and kills it if it hangs."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import marvin
from marvin.backends.child_process import await_status, end, spawn
from marvin.boundary.files import parse_json
from marvin.boundary.terminal import one_line
from marvin.cancellation import CancelToken
from marvin.errors import SkillError
from marvin.languages.translation import tr

_LOGGER = logging.getLogger(__name__)

_CHILD = Path(__file__).with_name("skill_child.py")
_POLL_S = 0.02
"""How often the token and the time limit are checked."""
_LONGEST = 1 << 20
"""Bytes of an answer: descriptions are the longest."""
_PRINTED = 8_192
"""Bytes of what a call prints that are kept for the log."""


@dataclass(frozen=True, slots=True)
class SkillLimits:
    import_s: float = 10.0
    """For reading the file and what it imports."""
    test_s: float = 30.0
    """For a test in the file."""
    memory: int = 1 << 29
    """Bytes of a process, where the system can limit them."""
    processes: int = 16
    """The least recently used are ended, and start again when they are called."""


class SkillFileError(SkillError):
    """The code of a file failed. Contains nothing that was said."""

    def __init__(self, what: str, line: int | None = None, spoken: str = "") -> None:
        super().__init__(what)
        self.line = line
        self.spoken = spoken or tr("That skill failed.")


class SkillProcess:
    """Runs one file's code. Used by one thread at a time; restarted on use."""

    def __init__(self, file: Path, source: str, limits: SkillLimits) -> None:
        """`source` is the text of the file as it was checked: later changes need a reload."""
        self._file = file
        self._source = source
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._poll = select.poll()
        self._received = b""
        self._printed = b""

    def start(self, token: CancelToken) -> Mapping[str, object]:
        """Start the process again, and return the descriptions of its skills and its tests.

        Raises:
            SkillFileError: The file has a mistake, or does not end in time.
            Cancelled: The token was cancelled.
        """
        self.close()
        try:
            self._process = spawn(_CHILD, stderr=subprocess.PIPE, session=True)
        except OSError as error:
            raise SkillFileError(f"its process cannot start: {error.strerror}") from error
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        for pipe in (self._process.stdout, self._process.stderr):
            os.set_blocking(pipe.fileno(), False)
            self._poll.register(pipe, select.POLLIN)
        settings = {
            "file": str(self._file),
            "source": self._source,
            "import_from": _import_from(),
            "memory": self._limits.memory,
        }
        return self._ask(settings, self._limits.import_s, token)

    def call(
        self, skill: int, arguments: Mapping[str, str | int], timeout_s: float, token: CancelToken
    ) -> str:
        """What a skill returns; starting the process does not count as its time.

        Raises:
            SkillFileError: It failed, or took longer than `timeout_s`.
            Cancelled: The token was cancelled; the process is dead.
        """
        request = {"skill": skill, "arguments": arguments}
        text = self._running(token)._ask(request, timeout_s, token).get("text")
        return text if isinstance(text, str) else ""

    def test(self, name: str, token: CancelToken) -> None:
        """Run one of the file's tests. Raises as `call`."""
        self._running(token)._ask({"test": name}, self._limits.test_s, token)

    def close(self) -> None:
        """Kill the process and everything that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        # It leads its own session, whose processes may outlive it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            with contextlib.suppress(KeyError):
                self._poll.unregister(pipe)
        end(process)
        assert process.stderr is not None
        process.stderr.close()
        self._received = b""

    def _running(self, token: CancelToken) -> SkillProcess:
        # A process that has ended since the last call has closed its pipe.
        if self._process is None or not self._read(0.0):
            self.start(token)
        return self

    def _ask(
        self, request: Mapping[str, object], limit_s: float, token: CancelToken
    ) -> Mapping[str, object]:
        self._printed = b""
        try:
            answer = self._answer(request, limit_s, token)
        except BaseException:
            self.close()
            raise
        finally:
            for line in self._printed.decode(errors="replace").splitlines():
                # What it prints may be what was said.
                _LOGGER.debug("%s: %s", self._file.name, one_line(line))
        if "failed" in answer:
            at = answer.get("line")
            _LOGGER.debug("%s: %s", self._file.name, one_line(str(answer["failed"])))
            # A skill's own words may be what was said.
            what = str(answer.get("kind") if "skill" in request else answer["failed"])
            raise SkillFileError(one_line(what), at if isinstance(at, int) else None)
        return answer

    def _answer(
        self, request: Mapping[str, object], limit_s: float, token: CancelToken
    ) -> Mapping[str, object]:
        assert self._process is not None
        assert self._process.stdin is not None
        self._received = b""
        end_s = time.monotonic() + limit_s
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            self._died()
        while b"\n" not in self._received:
            token.check()
            if time.monotonic() > end_s:
                spoken = tr("That skill took too long, so I stopped it.")
                raise SkillFileError(f"does not end within {limit_s:g} s", spoken=spoken)
            if not self._read(_POLL_S):
                self._died()
            if len(self._received) > _LONGEST:
                raise SkillFileError("its process writes nonsense")
        try:
            answer = parse_json(self._received.partition(b"\n")[0])
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise SkillFileError("its process writes nonsense")
        return answer

    def _read(self, limit_s: float) -> bool:
        """Read what there is; returns False once the process has closed its pipe."""
        assert self._process is not None
        assert self._process.stdout is not None
        answers = self._process.stdout.fileno()
        for pipe, _ in self._poll.poll(limit_s * 1000):
            data = os.read(pipe, 1 << 16)
            if pipe == answers and not data:
                return False
            if pipe == answers:
                self._received += data
            elif data:
                self._printed = (self._printed + data)[:_PRINTED]
            else:
                self._poll.unregister(pipe)
        return True

    def _died(self) -> NoReturn:
        process = self._process
        await_status(process)
        status = "unknown" if process is None else process.returncode
        raise SkillFileError(f"its process ended (status {status})")


def _import_from() -> list[str]:
    """Where Marvin itself imports from, without the working directory."""
    own = str(Path(marvin.__file__).parents[1])
    return list(dict.fromkeys([*(place for place in sys.path if place), own]))
