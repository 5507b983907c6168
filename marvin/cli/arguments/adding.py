"""Adds commands with help texts of one layout."""

import argparse
from typing import Any


class Adder:
    def __init__(self, commands: Any, everywhere: argparse.ArgumentParser) -> None:
        self._commands, self._everywhere = commands, everywhere

    def command(self, name: str, entry: str, text: str, example: str) -> argparse.ArgumentParser:
        """`entry` is `module:function` in `marvin.cli.commands`."""
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
        """A command with subcommands only."""
        one = self._commands.add_parser(name, help=text, description=text)
        below = one.add_subparsers(title="commands", metavar="COMMAND", required=True)
        return Adder(below, self._everywhere)
