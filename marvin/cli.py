"""The `marvin` command line, and the only place where an error becomes a message and a code."""

import argparse
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from marvin import __version__
from marvin.errors import MarvinError
from marvin.log import configure_logging


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = _parser().parse_args(argv)
    configure_logging(arguments.verbose)
    # Not before the arguments are right: `marvin --help` loads next to nothing.
    from marvin import commands

    try:
        code: int = getattr(commands, arguments.command)(arguments)
    except MarvinError as error:
        print(f"marvin: {error}", file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # Whoever read the output has gone; nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    _leave_hung_threads(code)
    return code


def _leave_hung_threads(code: int) -> None:
    """End the process though a model call still runs.

    A daemon thread inside torch at interpreter exit aborts the process with a core dump.
    """
    if any(thread.name.startswith("marvin-") for thread in threading.enumerate()):
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _parser() -> argparse.ArgumentParser:
    everywhere = argparse.ArgumentParser(add_help=False)
    options: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("-c", "--config", {"type": Path, "metavar": "FILE", "help": "models.toml to use"}),
        ("-p", "--profile", {"metavar": "NAME", "help": "profile to use"}),
    )
    parser = argparse.ArgumentParser(
        prog="marvin",
        description="A voice assistant that runs on your own machine.",
        epilog='Begin with `marvin run`, and say "marvin, what time is it".',
    )
    parser.add_argument("--version", action="version", version=f"marvin {__version__}")
    parser.set_defaults(config=None, profile=None, verbose=0)
    for short, long, extra in options:
        # After the command as well as before it; what is not given there changes nothing.
        parser.add_argument(short, long, **extra)  # type: ignore[arg-type]
        everywhere.add_argument(short, long, default=argparse.SUPPRESS, **extra)  # type: ignore[arg-type]
    everywhere.add_argument(
        "-v",
        "--verbose",
        action="count",
        default=argparse.SUPPRESS,
        help="say what happens; twice: everything, what was said included",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, text: str, example: str) -> argparse.ArgumentParser:
        one = commands.add_parser(
            name,
            help=text,
            description=text,
            parents=[everywhere],
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.set_defaults(command=name)
        return one

    _add_commands(command)
    return parser


def _add_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    run = command(
        "run",
        "Listen for the wake word, answer questions.",
        "marvin run --input question.wav --output reply.wav",
    )
    run.add_argument("--input", type=Path, metavar="FILE", help="hear a recording, not the room")
    _add_output(run)
    run.add_argument(
        "--realtime", action="store_true", help="play files at the speed of time, as a room would"
    )
    run.add_argument("--json", action="store_true", help="print events as lines of JSON")

    say = command("say", "Say something.", 'marvin say "Dinner is ready."')
    say.add_argument("text", nargs="+", help="what to say")
    _add_output(say)

    ask = command("ask", "Type a question, read the answer.", 'marvin ask "what is 6 times 7"')
    ask.add_argument("text", nargs="+", help="the question")
    ask.add_argument("--speak", action="store_true", help="say the answer, too")
    _add_output(ask)

    transcribe = command(
        "transcribe",
        "Write down what recordings say, a line a file.",
        "marvin transcribe --json *.wav",
    )
    transcribe.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings")
    transcribe.add_argument("--json", action="store_true", help="a line of JSON a file")

    devices = command("devices", "List microphones and speakers.", "marvin devices")
    devices.add_argument("--json", action="store_true", help="as JSON")

    command(
        "config",
        "Print the configuration in force, and where each value is from.",
        "marvin config --profile embedded",
    )


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--output", type=Path, metavar="FILE", help="write what is said to a WAV file"
    )
    command.add_argument(
        "--play", action="store_true", help="with --output: play it, too, where there is a speaker"
    )
