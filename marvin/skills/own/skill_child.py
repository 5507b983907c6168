"""The process of one file of skills: reads requests, writes answers, one JSON a line.

Run by path, without site-packages; the first line says where to import from. It trusts nothing that
the user's code does: that may print, fork, exit, hang or take all memory.
"""

import contextlib
import importlib
import json
import os
import queue
import sys
import threading
import traceback
from types import ModuleType
from typing import Any, BinaryIO

_LONGEST = 8_192
"""Characters of an answer or a message; Marvin speaks fewer."""
_MODULE = "__skills__"
"""Not the name of the file, which may be that of a library."""


class SkillChild:
    """Runs the file's code on the main thread; another thread notices that Marvin has gone."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests = requests
        self._answers = answers
        self._queue: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._pid = os.getpid()
        self._path = ""
        self._declared: list[Any] = []
        self._tests: dict[str, Any] = {}

    def run(self) -> None:
        """Serve until stdin closes."""
        settings = json.loads(self._requests.readline())
        self._path = settings["file"]
        sys.path[:] = settings["import_from"]
        _limit_memory(settings["memory"])
        threading.Thread(target=self._read, daemon=True).start()
        self._send(self._load(settings["source"]))
        while True:
            self._send(self._call(self._queue.get()))

    def _read(self) -> None:
        for line in self._requests:
            self._queue.put(json.loads(line))
        os._exit(0)  # The main thread may run for ever.

    def _load(self, source: str) -> dict[str, object]:
        self._declared = importlib.import_module("marvin.skills.own.declaring").DECLARED
        module = ModuleType(_MODULE)
        module.__file__ = self._path
        sys.modules[_MODULE] = module
        try:
            exec(compile(source, self._path, "exec", dont_inherit=True), vars(module))
            names = vars(module).items()
            self._tests = {name: one for name, one in names if name.startswith("test_")}
            found = [one.description() for one in self._declared]
            return {"skills": found, "tests": [*self._tests]}
        except BaseException as error:  # noqa: BLE001 - also SystemExit
            return self._failure(error)

    def _call(self, request: dict[str, Any]) -> dict[str, object]:
        try:
            if "test" in request:
                self._tests[request["test"]]()
                return {"text": ""}
            function = self._declared[request["skill"]].function
            reply = function(**request["arguments"])
            if reply is None:
                return {"text": ""}
            if isinstance(reply, str):
                return {"text": str.__getitem__(reply, slice(_LONGEST))}
            kind = type(reply).__name__
            raise TypeError(f"{function.__name__}() returned a {kind}: return a text, or nothing")
        except BaseException as error:  # noqa: BLE001 - also SystemExit
            return self._failure(error)

    def _failure(self, error: BaseException) -> dict[str, object]:
        """What and where; `kind` says nothing of what the user said."""
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == self._path]
        message = traceback.format_exception_only(error)[-1].strip()
        if isinstance(error, SyntaxError) and error.filename == self._path:
            lines = [error.lineno]
            message = f"{type(error).__name__}: {error.msg}"
        kind = type(error).__name__
        return {"failed": message[:_LONGEST], "kind": kind, "line": lines[-1] if lines else None}

    def _send(self, answer: dict[str, object]) -> None:
        if os.getpid() != self._pid:
            os._exit(0)  # A fork that came back from the user's code.
        with contextlib.suppress(OSError, ValueError):  # The code may have closed it.
            sys.stdout.flush()
        self._answers.write(json.dumps(answer).encode() + b"\n")
        self._answers.flush()


def _limit_memory(most_bytes: int) -> None:
    """Where the system allows it."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        resource = importlib.import_module("resource")
        resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, most_bytes))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # If memory runs out, this process goes first.


def main() -> None:
    """Serve requests from stdin on stdout, which the user's code does not get."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)  # type: ignore[union-attr]
    try:
        with contextlib.suppress(BrokenPipeError):
            SkillChild(requests, answers).run()
    except BaseException:  # noqa: BLE001 - nobody else writes it
        traceback.print_exc()
    finally:
        os._exit(1)  # Also if the user's code has left threads.


if __name__ == "__main__":
    main()
