"""`marvin doctor`."""

import argparse
import dataclasses
from collections.abc import Sequence
from contextlib import nullcontext

from rich.console import Console
from rich.table import Table
from rich.text import Text

from marvin.boundary.terminal import to_json
from marvin.cli.commands.clean_console import CleanConsole
from marvin.cli.commands.output import print
from marvin.workshop.doctor.bundle import Inside, write_bundle
from marvin.workshop.doctor.checks import all_lanes
from marvin.workshop.doctor.examining import examine
from marvin.workshop.doctor.finding import Finding, Level, worst
from marvin.workshop.doctor.patient import admit
from marvin.workshop.doctor.system import System, this_system

_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}
_CURE = "-> "


def doctor(arguments: argparse.Namespace) -> int:
    return examined(arguments, this_system())


def examined(arguments: argparse.Namespace, system: System) -> int:
    """Exit code 1 if any check fails."""
    console = CleanConsole(highlight=False)
    patient = admit(system, arguments.config, arguments.profile)
    record = not arguments.no_record
    doing = "recording for two seconds, running checks ..." if record else "running checks ..."
    # The spinner is shown in terminals only, never in files or JSON.
    waits = console.status(doing) if console.is_terminal and not arguments.json else nullcontext()
    with waits:
        findings = examine(all_lanes(patient, record=record))
    if not arguments.json:
        _show(console, findings)
    inside: list[Inside] = []
    if arguments.bundle is not None:
        inside = write_bundle(arguments.bundle, patient, findings)
    if arguments.json:
        print(_as_json(findings, inside))
    elif inside:
        _tell(console, inside, str(arguments.bundle))
    return 1 if worst(findings) is Level.FAIL else 0


def _as_json(findings: Sequence[Finding], inside: Sequence[Inside]) -> str:
    lines = [{**dataclasses.asdict(one), "level": one.level.value} for one in findings]
    told = {"level": worst(findings).value, "findings": lines, "bundle": dict(inside)}
    return to_json(told, indent=2)


def _show(console: Console, findings: Sequence[Finding]) -> None:
    if not console.is_terminal:
        # One line per finding, for grep and logs.
        for one in findings:
            cure = f" {_CURE}{one.cure}" if one.cure else ""
            print(f"{one.level.value:<4}  {one.name}: {one.text}{one.aside}{cure}")
        print(_summary(findings))
        return
    width = max(len(one.name) for one in findings)
    for one in findings:
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_column(width=4)
        row.add_column(width=width)
        row.add_column(overflow="fold")
        # Text, so that brackets in names are not markup.
        row.add_row(Text(one.level.value, _STYLES[one.level]), one.name, Text(one.text + one.aside))
        console.print(row)
        if one.cure:
            # Not wrapped, so that the command can be copied.
            console.print(Text(f"      {_CURE}{one.cure}", "cyan"), soft_wrap=True)
    console.print(Text(_summary(findings), "bold"))


def _summary(findings: Sequence[Finding]) -> str:
    counts = [sum(one.level is level for one in findings) for level in (Level.FAIL, Level.WARN)]
    if not any(counts):
        return 'All ok. Next: `marvin run`, and say "marvin".'
    failed, warned = counts
    parts = [f"{failed} to fix"] * bool(failed) + [f"{warned} could be better"] * bool(warned)
    return f"{', '.join(parts)}, {len(findings) - failed - warned} ok."


def _tell(console: Console, inside: Sequence[Inside], path: str) -> None:
    """List the bundle's contents for review."""
    console.print(Text(f"\n{path} contains only:"), soft_wrap=True)
    for name, what in inside:
        console.print(Text(f"  {name}: {what}"))
    console.print("No speech, no keys, no personal paths. Check it before you send it.")
