"""`marvin status`."""

import argparse
from collections.abc import Iterator, Mapping

from rich.table import Table
from rich.text import Text

from marvin.boundary.terminal import to_json
from marvin.cli.commands.clean_console import CleanConsole
from marvin.cli.commands.output import print
from marvin.service.control.client import ask

_LATENCY = "latency"


def status(arguments: argparse.Namespace) -> int:
    found = ask("status")
    del found["ok"]
    if arguments.json:
        print(to_json(found))
    else:
        _show(found)
    return 0


def _show(found: Mapping[str, object]) -> None:
    console = CleanConsole(highlight=False, markup=False)
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in status_rows(found):
        # Text, so that brackets in device names are not markup.
        facts.add_row(Text(name), Text(value))
    console.print(facts)
    latency = found.get(_LATENCY)
    if isinstance(latency, Mapping):
        console.print("", _latency(latency), sep="\n")


def status_rows(found: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """A name and a value per row; works for any key."""
    for key, value in found.items():
        if key == _LATENCY:
            continue
        if isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values()):
            for inner, one in value.items():
                yield f"{_name(key)} {_name(str(inner))}", _value(str(inner), one)
        else:
            yield _name(key), _value(key, value)


def _latency(latency: Mapping[str, object]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("latency")
    for title in ("p50 ms", "p95 ms", "turns"):
        table.add_column(title, justify="right")
    for part, figures in latency.items():
        if isinstance(figures, Mapping):
            times = (_milliseconds(figures.get(name)) for name in ("p50", "p95"))
            table.add_row(_name(part), *times, str(figures.get("turns", "-")))
    return table


def _name(key: str) -> str:
    return key.removesuffix("_s").removesuffix("_mb").removesuffix("_hz").replace("_", " ")


def _value(key: str, value: object) -> str:
    if value in (None, "", {}, []):
        return "-"
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float() if key.endswith("_s"):
            return duration(value)
        case int() if key.endswith("_hz"):
            return f"{value} Hz"
        case float() if key.endswith("_mb"):
            return f"{value:.0f} MB"
        case dict():
            return ", ".join(f"{_name(str(k))} {_value(str(k), one)}" for k, one in value.items())
        case list():
            return ", ".join(str(one) for one in value)
        case _:
            return str(value)


def duration(seconds: float) -> str:
    """In the two largest units: `2 h 5 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = int(seconds) // 60
    if minutes < 60:
        return f"{minutes} min {int(seconds) % 60} s"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // (24 * 60)} d {minutes // 60 % 24} h"


def _milliseconds(seconds: object) -> str:
    return f"{seconds * 1000:.0f}" if isinstance(seconds, int | float) else "-"
