"""The `marvin` command line, and the only place where an error becomes a message and a code."""

import logging
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from importlib import import_module

from marvin.arguments import parser
from marvin.errors import MarvinError
from marvin.log import configure_logging
from marvin.redaction import redact
from marvin.terminal import plain

_GRACE_S = 0.2
"""A thread that takes longer to end, hangs."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = parser().parse_args(argv)
    # Before numpy is loaded: its products are small here, and more threads only wait in a spin.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # huggingface_hub reads it when it is loaded; nobody is told what runs here.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    configure_logging(arguments.verbose)
    # Not before the arguments are right: `marvin --help` loads next to nothing.
    module, _, function = arguments.entry.partition(":")
    try:
        code: int = getattr(import_module(f"marvin.commands.{module}"), function)(arguments)
    except MarvinError as error:
        print(f"marvin: {plain(redact(str(error)))}", file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # Whoever read the output has gone; nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except Exception:  # noqa: BLE001 - a bug: its trace is all that is known of it
        print(plain(redact(traceback.format_exc())), end="", file=sys.stderr)
        code = 1
    _leave_hung_threads(code)
    return code


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
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
