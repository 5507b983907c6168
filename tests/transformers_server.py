"""`transformers serve` on loopback, in a separate process."""

import importlib.util
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

READY_S = 120.0
"""Longest wait for the server, which first imports torch and loads the model."""

_COMMAND = Path(sys.executable).with_name("transformers")
_RUNNING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")


@contextmanager
def serving(checkpoint: Path) -> Iterator[str]:
    """The server's address without a path. It serves one checkpoint, under its folder's path. Skips
    the test if transformers' extra `serving` is not installed.
    """
    missing = [name for name in ("fastapi", "uvicorn") if importlib.util.find_spec(name) is None]
    if missing or not _COMMAND.exists():
        pytest.skip("transformers serve needs: pip install 'transformers[serving]'")
    process = subprocess.Popen(
        [str(_COMMAND), "serve", str(checkpoint), "--host", "127.0.0.1", "--port", "0",
         "--device", "cpu", "--log-level", "info"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert process.stderr is not None
    log = _Log(process.stderr)
    try:
        yield log.address(READY_S)
    finally:
        process.terminate()
        process.wait(300)
        log.join()


class _Log(threading.Thread):
    """Reads what the server writes, so that it never blocks, and finds its address."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__()
        self._stream = stream
        self._lines: list[str] = []
        self._address = ""
        self._known = threading.Event()
        self.start()

    def run(self) -> None:
        with self._stream:
            for line in self._stream:
                self._lines.append(line)
                if match := _RUNNING.search(line):
                    self._address = match.group(1)
                    self._known.set()
        self._known.set()

    def address(self, wait_s: float) -> str:
        assert self._known.wait(wait_s), "".join(self._lines)
        assert self._address, "".join(self._lines)
        return self._address
