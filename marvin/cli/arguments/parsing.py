"""An argument parser whose error messages suggest what was meant."""

import argparse
import difflib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

_SHORT = re.compile(r"-[^-\d\s]\S*$")


class Parser(argparse.ArgumentParser):
    """Shows the usage of the subcommand and suggests the closest option or command."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Reports unknown arguments itself: the parent parser would show its own usage."""
        given = sys.argv[1:] if args is None else list(args)
        if self._commands and not given:
            self.print_help(sys.stderr)
            self.exit(2)
        if self._commands and given[:1] == ["help"]:
            given = [*given[1:], "--help"]
        # First, because a misspelt option often makes another argument seem missing.
        if unknown := next(self._unknown_options(given), None):
            self.error(self._no_option(unknown))
        found, rest = super().parse_known_args(given, namespace)
        if rest:
            option = rest[0][:1] == "-"
            self.error(self._no_option(rest[0]) if option else self._too_much(rest[0], found))
        self._refuse_undecodable(found)
        return found, rest

    def error(self, message: str) -> NoReturn:
        super().error(f"{message}\nSee `{self.prog} --help`.")

    @property
    def _commands(self) -> "dict[str, Parser]":
        groups = (one for one in self._actions if isinstance(one, argparse._SubParsersAction))
        return next((dict(one.choices) for one in groups), {})

    @property
    def _options(self) -> list[str]:
        return [name for action in self._actions for name in action.option_strings]

    def _unknown_options(self, given: Sequence[str]) -> Iterator[str]:
        for argument in given:
            option = argument.partition("=")[0]
            if option == "--" or (self._commands and option[:1] != "-"):
                return
            if option[:2] == "--" and not any(one.startswith(option) for one in self._options):
                yield argument
            if _SHORT.match(option) and option[:2] not in self._options:
                yield argument

    def _no_option(self, argument: str) -> str:
        option, equals, value = argument.partition("=")
        if close := _closest_option(option, self._options):
            return f"unknown option {option} (did you mean {close}{equals}{value}?)"
        for command in self._commands.values():
            if close := _closest_option(option, command._options):
                return f"{option}: options go after the command, as in `{command.prog} {close}`"
        # A text to speak may begin with a dash.
        words = any(action.dest in ("text", "phrase") for action in self._actions)
        hint = "; put words that begin with a dash after `--`" if words else ""
        return f"unknown option {option}{hint}"

    def _too_much(self, argument: str, found: argparse.Namespace) -> str:
        text = f"unexpected {argument!r}: {self.prog} takes only options"
        if getattr(found, "input", None):
            return f"{text}, and one FILE after --input"
        return f"{text}; did you mean --input?" if "--input" in self._options else text

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        # `marvin train` means `marvin wake train`.
        paths = {name: name for name in action.choices}
        for group, parser in self._commands.items():
            paths |= {name: f"{group} {name}" for name in parser._commands if name not in paths}
        close = _closest(value, paths)
        meant = f"did you mean {close!r}?" if close else f"choose from {', '.join(action.choices)}"
        raise argparse.ArgumentError(None, f"unknown command {value!r} ({meant})")

    def _refuse_undecodable(self, found: argparse.Namespace) -> None:
        """Only file names may be undecodable."""
        for name, value in vars(found).items():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) and not _is_text(one):
                    self.error(f"{name}: {one!a} is not UTF-8")


def _closest_option(option: str, known: Iterable[str]) -> str:
    """Compares without the dashes, which all options share."""
    return _closest(option.lstrip("-"), {one.lstrip("-"): one for one in known})


def _closest(word: str, known: Mapping[str, str]) -> str:
    """The value of the most similar key; empty if none is similar."""
    match = difflib.get_close_matches(word, known, 1)
    return known[match[0]] if match else ""


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
