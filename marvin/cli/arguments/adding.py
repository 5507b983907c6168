"""The shape that every command has on the command line."""

import argparse
from typing import Any


class Adder:
    """Adds commands that all have the same shape of help."""

    def __init__(self, commands: Any, everywhere: argparse.ArgumentParser) -> None:
        self._commands, self._everywhere = commands, everywhere

    def command(self, name: str, entry: str, text: str, example: str) -> argparse.ArgumentParser:
        """A command; `entry` is the module of `cli.commands` and the function that run it."""
        one: argparse.ArgumentParser = self._commands.add_parser(
            name,
            help=text,
            description=text,
            parents=[self._everywhere],
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.set_defaults(entry=entry)
        return one

    def group(self, name: str, text: str) -> "Adder":
        """A command that only has commands of its own."""
        one = self._commands.add_parser(name, help=text, description=text)
        below = one.add_subparsers(title="commands", metavar="COMMAND", required=True)
        return Adder(below, self._everywhere)
