"""Runs the user's programs, without a shell and with a time limit."""

import contextlib
import logging
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence

from marvin.cancellation import CancelToken
from marvin.errors import SkillError
from marvin.languages.translation import tr

_LOGGER = logging.getLogger(__name__)

_POLL_S = 0.02
"""How often the token and the time limit are checked."""
_KEPT_BYTES = 8_192
"""The rest of the output is read and dropped, so that the program never blocks."""


def run(arguments: Sequence[str], timeout_s: float, token: CancelToken) -> str:
    """The program's standard output.

    Arguments and output are never logged above DEBUG: they hold what was said.

    Raises:
        SkillError: It cannot be started, fails, or takes too long.
        Cancelled: The token was cancelled; the program and its children are dead.
    """
    program = arguments[0]
    try:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        _LOGGER.warning("cannot start %s: %s", program, _reason(error))
        raise SkillError(tr("I could not start the program of that command.")) from error
    with process:
        try:
            output, errors = _watch(process, time.monotonic() + timeout_s, token)
        except TimeoutError:
            _LOGGER.warning("%s was killed after its %.1f s", program, timeout_s)
            raise SkillError(tr("That command took too long, so I stopped it.")) from None
        finally:
            _kill(process)
    if process.returncode:
        _LOGGER.warning("%s ended with status %d", program, process.returncode)
        _LOGGER.debug("%s wrote: %s", program, errors.decode(errors="replace").strip())
        raise SkillError(tr("That command failed."))
    return output.decode(errors="replace")


def _watch(
    process: "subprocess.Popen[bytes]", deadline: float, token: CancelToken
) -> tuple[bytes, bytes]:
    """Read both outputs until the program ends, even if a child keeps them open."""
    assert process.stdout is not None
    assert process.stderr is not None
    pipes = (process.stdout, process.stderr)
    kept = {pipe.fileno(): b"" for pipe in pipes}
    with selectors.DefaultSelector() as selector:
        for pipe in kept:
            os.set_blocking(pipe, False)
            selector.register(pipe, selectors.EVENT_READ)
        ended = False
        while not ended:
            token.check()
            if time.monotonic() > deadline:
                raise TimeoutError
            # Poll before reading, so that nothing written before the end is lost.
            ended = process.poll() is not None
            if not selector.get_map():
                time.sleep(0 if ended else _POLL_S)
                continue
            for key, _ in selector.select(0 if ended else _POLL_S):
                _read(key.fd, kept, selector, until_empty=ended)
    output, errors = kept.values()
    return output, errors


def _read(
    pipe: int, kept: dict[int, bytes], selector: selectors.BaseSelector, until_empty: bool
) -> None:
    """Read once while the program runs, and afterwards until nothing is left."""
    while True:
        try:
            data = os.read(pipe, 65_536)
        except BlockingIOError:
            return
        if not data:
            selector.unregister(pipe)
            return
        kept[pipe] = (kept[pipe] + data)[:_KEPT_BYTES]
        if not until_empty or len(kept[pipe]) == _KEPT_BYTES:
            return


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the program and its children, unless it has ended."""
    if process.poll() is None:
        # It leads its own session, so its process id is also its group id.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _reason(error: Exception) -> str:
    # The text of an OSError has the file name, that of a ValueError may have an argument.
    return (error.strerror or "unknown") if isinstance(error, OSError) else type(error).__name__
