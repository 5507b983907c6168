"""The `marvin` entry point, which alone turns errors into messages and exit codes."""

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
"""A thread that takes longer to end is hung."""


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    _open_standard_streams()
    arguments = parser().parse_args(argv)
    # Before numpy is imported: its products are small here, and more threads only spin.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Read by huggingface_hub at import; disables its telemetry.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    configure_logging(arguments.verbose)
    # After parsing, so that `marvin --help` imports almost nothing.
    module, _, function = arguments.entry.partition(":")
    try:
        code: int = getattr(import_module(f"marvin.cli.commands.{module}"), function)(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # The reader of the output has gone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except Exception as error:  # noqa: BLE001 - a bug: show its traceback
        text = advice(error)
        _complain(traceback.format_exc().rstrip() if text is None else f"marvin: {text}")
        code = getattr(error, "exit_code", 1)
    _leave_hung_threads(code)
    return code


def _open_standard_streams() -> None:
    """If started without them, the next opened file would take their descriptors."""
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            # `open` takes the lowest free descriptor, which is this one.
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            mode = "w" if descriptor else "r"
            setattr(sys, name, open(descriptor, mode, closefd=False))  # noqa: SIM115 - to the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Unprintable characters and undecodable file names must not raise.
        sys.stdout.reconfigure(errors="replace")


def _complain(text: str) -> None:
    """Print to standard error without blocking forever if nobody reads it."""
    try:
        with Outflow(sys.stderr) as shown:
            shown.put(plain(redact(text)))
    except RuntimeError:
        # Perhaps the very error: no thread can be started.
        print(plain(redact(text)), file=sys.stderr)
    except OSError:
        pass


def _leave_hung_threads(code: int) -> None:
    """End the process even if a model call still runs.

    A daemon thread inside torch at interpreter exit would dump core.
    """
    ours = [one for one in threading.enumerate() if one.name.startswith("marvin-")]
    for thread in ours:
        # A thread that has finished its work ends by itself.
        thread.join(_GRACE_S)
    if any(thread.is_alive() for thread in ours):
        logging.shutdown()
        os._exit(code)
