"""The `marvin` command line, and the only place where an error becomes a message and a code."""

import io
import logging
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from importlib import import_module

from marvin.boundary.outflow import Outflow
from marvin.boundary.redaction import redact
from marvin.boundary.terminal import plain
from marvin.cli.arguments import parser
from marvin.errors import advice
from marvin.log import configure_logging

_GRACE_S = 0.2
"""A thread that takes longer to end, hangs."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    _open_standard_streams()
    arguments = parser().parse_args(argv)
    # Before numpy is loaded: its products are small here, and more threads only wait in a spin.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # huggingface_hub reads it when it is loaded; nobody is told what runs here.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    configure_logging(arguments.verbose)
    # Not before the arguments are right: `marvin --help` loads next to nothing.
    module, _, function = arguments.entry.partition(":")
    try:
        code: int = getattr(import_module(f"marvin.cli.commands.{module}"), function)(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # Whoever read the output has gone; nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except Exception as error:  # noqa: BLE001 - a bug: its trace is all that is known of it
        text = advice(error)
        _complain(traceback.format_exc().rstrip() if text is None else f"marvin: {text}")
        code = getattr(error, "exit_code", 1)
    _leave_hung_threads(code)
    return code


def _open_standard_streams() -> None:
    """Where a process was started without them, a file that it opens would take their place."""
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest that is free, which is this one.
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            mode = "w" if descriptor else "r"
            setattr(sys, name, open(descriptor, mode, closefd=False))  # noqa: SIM115 - to the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        # No character that a terminal lacks, and no file name that is no text, ends a command.
        sys.stdout.reconfigure(errors="replace")


def _complain(text: str) -> None:
    """Print to standard error, without waiting for ever when nobody reads it."""
    try:
        with Outflow(sys.stderr) as shown:
            shown.put(plain(redact(text)))
    except RuntimeError:
        # No thread can be started, which is perhaps what the text says.
        print(plain(redact(text)), file=sys.stderr)
    except OSError:
        pass


def _leave_hung_threads(code: int) -> None:
    """End the process though a model call still runs.

    A daemon thread inside torch at interpreter exit aborts the process with a core dump.
    """
    ours = [one for one in threading.enumerate() if one.name.startswith("marvin-")]
    for thread in ours:
        # One that has just done its work ends by itself.
        thread.join(_GRACE_S)
    if any(thread.is_alive() for thread in ours):
        logging.shutdown()
        os._exit(code)
