"""Commands to the running daemon: listen, stop, mute, unmute, say, events, reload."""

import argparse
import sys
from importlib import import_module

from marvin.boundary.terminal import to_json
from marvin.cli.commands.output import print
from marvin.errors import ConfigError, MarvinError, NoDaemonError
from marvin.service.control.client import ask, follow


def listen(arguments: argparse.Namespace) -> int:
    """To the user, or to recordings."""
    if arguments.files:
        code: int = import_module("marvin.cli.commands.listen").listen(arguments)
        return code
    if arguments.ask is not None or arguments.caption:
        raise MarvinError("no recording to listen to: name one")
    ask("listen")
    return 0


def stop(arguments: argparse.Namespace) -> int:
    ask("stop")
    return 0


def mute(arguments: argparse.Namespace) -> int:
    ask("mute")
    print("Muted until `marvin unmute` or the next start.")
    return 0


def unmute(arguments: argparse.Namespace) -> int:
    ask("unmute")
    return 0


def say(arguments: argparse.Namespace) -> int:
    """Uses the running daemon, whose voice is loaded, unless the options ask for another."""
    own = (arguments.output, arguments.config, arguments.profile)
    if arguments.room:
        if arguments.as_read or any(one is not None for one in own):
            raise ConfigError("--room is for the running Marvin: leave out the other options")
        ask("announce", text=" ".join(arguments.text), room=arguments.room)
        return 0
    if all(one is None for one in own) and not arguments.as_read:
        try:
            ask("say", text=" ".join(arguments.text))
        except NoDaemonError:
            pass
        else:
            return 0
    # Imported late: loads the voice's dependencies.
    code: int = import_module("marvin.cli.commands.talking").say(arguments)
    return code


def events(arguments: argparse.Namespace) -> int:
    for event in follow():
        print(to_json(event), flush=True)
    return 0


def reload(arguments: argparse.Namespace) -> int:
    broken = ask("reload").get("skills")
    for problem in broken if isinstance(broken, list) else ():
        print(problem, file=sys.stderr)
    return 0
