"""The argument parser. Imports almost nothing, so that `--help` is instant."""

import argparse
from pathlib import Path

from marvin import __version__
from marvin.cli.arguments.adding import Adder
from marvin.cli.arguments.agenda import add_agenda
from marvin.cli.arguments.bench import add_bench
from marvin.cli.arguments.control import add_control
from marvin.cli.arguments.conversation import add_conversation
from marvin.cli.arguments.doctor import add_doctor
from marvin.cli.arguments.enrolled_voices import add_voices
from marvin.cli.arguments.evaluating import add_eval
from marvin.cli.arguments.listen import add_listen
from marvin.cli.arguments.machine import add_machine, add_models
from marvin.cli.arguments.parsing import Parser
from marvin.cli.arguments.serve import add_serve
from marvin.cli.arguments.service import add_service
from marvin.cli.arguments.skills import add_skills
from marvin.cli.arguments.tuning import add_tune
from marvin.cli.arguments.wake import add_wake


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; the parsed `entry` names the function to run."""
    everywhere = argparse.ArgumentParser(add_help=False)
    verbose = "log what happens; -vv: everything, including what was said"
    options: tuple[tuple[str, str, dict[str, object]], ...] = (
        (
            "-c",
            "--config",
            {"type": Path, "metavar": "FILE", "help": "use this models.toml"},
        ),
        ("-p", "--profile", {"metavar": "NAME", "help": "use this profile"}),
        ("-v", "--verbose", {"action": "count", "help": verbose}),
    )
    top = Parser(
        prog="marvin",
        description="A voice assistant that runs on your own machine.",
        epilog='Begin with `marvin run`, and say "marvin, what time is it".',
    )
    top.add_argument("--version", action="version", version=f"marvin {__version__}")
    top.set_defaults(config=None, profile=None, verbose=0)
    for short, long, extra in options:
        # Accepted before and after the command; SUPPRESS keeps the value given before it.
        top.add_argument(short, long, **extra)  # type: ignore[arg-type]
        everywhere.add_argument(short, long, default=argparse.SUPPRESS, **extra)  # type: ignore[arg-type]
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_conversation(Adder(commands, everywhere))
    add_listen(Adder(commands, everywhere))
    add_control(Adder(commands, everywhere))
    add_agenda(Adder(commands, everywhere))
    add_machine(Adder(commands, everywhere))
    add_doctor(Adder(commands, everywhere))
    add_bench(Adder(commands, everywhere))
    add_models(Adder(commands, everywhere))
    add_skills(Adder(commands, everywhere))
    add_voices(Adder(commands, everywhere))
    add_serve(Adder(commands, everywhere))
    add_service(Adder(commands, everywhere))
    add_wake(Adder(commands, everywhere))
    add_eval(Adder(commands, everywhere))
    add_tune(Adder(commands, everywhere))
    return top
