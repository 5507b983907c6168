"""A contender: a process that keeps its model loaded and answers requests."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
_REST_S = 0.3
"""Pause between contenders: OpenMP threads spin for a while after their work."""
_END_S = 10.0
_SHOWN = 3000
"""Characters shown of a failed process's output."""


class ContenderError(Exception):
    """A contender failed."""


class Contender:
    """A process of `python -m benchmarks.peers.MODULE` with a limited number of threads."""

    def __init__(
        self,
        module: str,
        *arguments: object,
        threads: int,
        cores: int | None = None,
        python: Path | None = None,
    ) -> None:
        """`cores` limits the CPU affinity. `python` defaults to the current one.

        Raises ContenderError if it cannot load.
        """
        self.name = module
        self._rest_s = _REST_S if threads > 1 else 0.0
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [python or sys.executable, "-m", f"benchmarks.peers.{module}", *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **environment(threads)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        if cores is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self._process.pid, sorted(os.sched_getaffinity(0))[:cores])
        try:
            self._answer()
        except ContenderError:
            self.close()
            raise

    def ask(self, **request: object) -> dict[str, Any]:
        """Send a request; raises ContenderError if the process has ended."""
        time.sleep(self._rest_s)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._log.seek(0)
            raise ContenderError(f"{self.name} ended: {self._log.read()[-_SHOWN:]}")
        reply: dict[str, Any] = json.loads(line)
        return reply


def environment(threads: int) -> Mapping[str, str]:
    """Environment variables that limit the threads of all libraries."""
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    more = {"TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": str(ROOT)}
    return {**dict.fromkeys(counts, str(threads)), **more}


def in_turn(
    repeats: int, contenders: Mapping[str, tuple[Contender, Mapping[str, object]]]
) -> dict[str, list[dict[str, Any]]]:
    """Ask the contenders in turn, repeatedly; returns the answers of each.

    The first round is a warm-up and is discarded.
    """
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in contenders}
    for round_ in range(repeats + 1):
        for name, (contender, request) in contenders.items():
            answer = contender.ask(**request)
            if round_:
                answers[name].append(answer)
    return answers


def seconds(answers: Sequence[Mapping[str, Any]], key: str = "seconds") -> list[float]:
    """One value of each answer."""
    return [float(answer[key]) for answer in answers]
