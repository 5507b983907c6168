"""`marvin serve`."""

import argparse
import logging
import sys
from dataclasses import replace

from pydantic import ValidationError

from marvin.boundary.outflow import MOST_LINES, Outflow, lines_lost
from marvin.cli.commands.common_options import load
from marvin.cli.commands.talking import lost_in_json
from marvin.cli.console import event_printer, json_printer
from marvin.config import Loaded
from marvin.config.serve_table import ServeConfig
from marvin.errors import ConfigError
from marvin.log import in_journal, never_waiting
from marvin.service.run import run_until_signalled
from marvin.service.serve_alone import serve_alone

_LOGGER = logging.getLogger(__name__)

_ADDRESSES = ("wyoming", "http")
"""Keys of [serve] with the address of a server; each has an option."""


def serve(arguments: argparse.Namespace) -> int:
    loaded = _with_options(load(arguments), arguments)
    lost = lost_in_json if arguments.json else lines_lost
    with (
        never_waiting(),
        Outflow(sys.stdout, most=MOST_LINES, lost=lost, warn=_LOGGER.warning) as shown,
    ):
        if arguments.json:
            report = json_printer(shown.put)
        else:
            report = event_printer(shown.put, private=in_journal())
            for line in (loaded.why, *loaded.notices):
                shown.put(line)
        run_until_signalled(serve_alone(loaded.config, report))
    return 0


def _with_options(loaded: Loaded, arguments: argparse.Namespace) -> Loaded:
    """With the addresses of the command line instead of those in models.toml.

    Raises:
        ConfigError: An address is none, or there is nothing to serve.
    """
    given = {key: value for key in _ADDRESSES if (value := getattr(arguments, key)) is not None}
    table = loaded.config.serve
    if given:
        # Only what was asked for.
        values = table.model_dump() | dict.fromkeys(_ADDRESSES, "") | given
        try:
            table = ServeConfig.model_validate(values)
        except ValidationError as error:
            wrong = error.errors()[0]
            why = wrong["msg"].removeprefix("Value error, ")
            raise ConfigError(f"--{wrong['loc'][0]} {wrong['input']!r}: {why}") from None
    if not any(getattr(table, key) for key in _ADDRESSES):
        raise ConfigError(
            "nothing to serve: use `marvin serve --wyoming` or `marvin serve --http`, or set an"
            " address in [serve]"
        )
    return replace(loaded, config=loaded.config.model_copy(update={"serve": table}))
