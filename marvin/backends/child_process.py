"""A program of Marvin's own in a process of its own, which talks over its pipes."""

import contextlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

_STATUS_S = 0.2
"""Time to wait for the exit status of a dead process."""


def spawn(
    program: Path,
    *arguments: str,
    stderr: IO[bytes] | int | None = None,
    env: Mapping[str, str] | None = None,
    session: bool = False,
) -> "subprocess.Popen[bytes]":
    """Isolated and without site-packages: it starts faster, unaffected by the environment. With
    `session` it leads one, so that it can be killed with everything that it starts."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(program), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=env,
        start_new_session=session,
    )


def end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the process and close its pipes."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        # A request was left unread.
        with contextlib.suppress(BrokenPipeError):
            pipe.close()


def await_status(process: "subprocess.Popen[bytes] | None") -> None:
    """Give a process whose pipe is closed a moment to exit by itself: its own status says more than
    that of a kill."""
    if process is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STATUS_S)
