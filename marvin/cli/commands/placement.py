"""`marvin placement`."""

import argparse
import dataclasses

from rich.table import Table
from rich.text import Text

from marvin.boundary.terminal import to_json
from marvin.cli.commands.clean_console import CleanConsole
from marvin.cli.commands.common_options import load
from marvin.cli.commands.output import print
from marvin.engines.placement.choice import look
from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.placement_report import PlacementRow, budgets, machine, rows, unknown
from marvin.engines.placement.plan import Plan
from marvin.errors import ConfigError, ModelLoadError
from marvin.hub.source import can_be_fetched


def placement(arguments: argparse.Namespace) -> int:
    loaded = load(arguments)
    facts, made = look(loaded.config, again=arguments.measure)
    found = rows(loaded.config, made)
    if arguments.json:
        print(to_json(_as_json(facts, made, found)))
    else:
        _show(loaded.why, facts, made, found)
    if made.wrong:
        raise ConfigError("\n".join((*made.wrong, *made.short)))
    if made.short:
        raise ModelLoadError("\n".join(made.short))
    return 0


def _show(profile: str, facts: MachineFacts, made: Plan, found: list[PlacementRow]) -> None:
    console = CleanConsole(highlight=False, markup=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("stage", "engine", "model", "device", "dtype"):
        table.add_column(title, overflow="fold")
    for title in ("threads", "MB"):
        table.add_column(title, justify="right")
    for row in found:
        *values, _ = dataclasses.astuple(row)
        # Text, so that brackets in paths are not markup.
        table.add_row(*(Text("-" if value is None else str(value)) for value in values))
    why = Table(box=None, pad_edge=False, header_style="bold")
    why.add_column("stage")
    why.add_column("why")
    for row in found:
        why.add_row(Text(row.key), Text(row.why))
    for part in (table, "", why, "", profile, machine(facts), budgets(made)):
        console.print(part, soft_wrap=isinstance(part, str))
    missing = list(unknown(made))
    if missing:
        names = " ".join(dict.fromkeys(name for name, _ in missing if can_be_fetched(name)))
        sizes = ", ".join(f"{name} (size by {origin})" for name, origin in missing)
        console.print(
            f"missing or unreadable: {sizes}"
            + (f"; `marvin models pull {names}` downloads them" if names else ""),
            soft_wrap=True,
        )


def _as_json(facts: MachineFacts, made: Plan, found: list[PlacementRow]) -> dict[str, object]:
    fallbacks = {
        one.need.key: [dataclasses.asdict(place) for place in one.fallbacks]
        for one in made.placements
    }
    return {
        "engines": [
            {**dataclasses.asdict(row), "fallbacks": fallbacks.get(row.key, [])} for row in found
        ],
        "machine": dataclasses.asdict(facts),
        "budgets_gb": made.budgets_gb,
        "used_gb": made.used_gb,
        "problems": [*made.wrong, *made.short],
    }
