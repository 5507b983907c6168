"""The table of a benchmark: each figure a ratio against a named alternative, with spread.

A piece measures both sides interleaved, in one run on the same audio, and makes a `Row` of them.
"""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.markup import escape
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Row:
    """One thing measured, in this project's way and in another."""

    what: str
    """What was timed: `end of speech to transcript, 4 s`."""
    contender: str
    """What of ours: `whisper base.en, one pass`."""
    against: str
    """What it is compared with: `faster-whisper int8`."""
    ours_s: Sequence[float]
    """Each measurement, in seconds (or in `unit`)."""
    theirs_s: Sequence[float]
    """The alternative's, interleaved with ours; none where it has no such thing."""
    goal: float | None
    """Highest ratio that is good enough; None where there is none."""
    unit: str = "s"
    limit: float | None = None
    """Highest median of ours that is good enough, in `unit`; None where only the ratio counts."""

    @property
    def ratio(self) -> float | None:
        """Median of ours to median of theirs."""
        return median(self.ours_s) / median(self.theirs_s) if self.theirs_s else None

    @property
    def met(self) -> bool | None:
        """Whether all that is asked is there; None where nothing is."""
        asked = []
        if self.goal is not None:
            asked.append(self.ratio is not None and self.ratio <= self.goal)
        if self.limit is not None:
            asked.append(median(self.ours_s) <= self.limit)
        return all(asked) if asked else None


def print_table(rows: Sequence[Row]) -> None:
    """Medians with their quartiles, ratio, goal, and whether it is met."""
    table = Table(box=None, header_style="bold", padding=(0, 2, 1, 0), pad_edge=False)
    for title in ("", "Marvin", "against", "ratio", "goal", ""):
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(
            escape(row.what),
            f"{spread(row.ours_s, row.unit)}\n[dim]{escape(row.contender)}[/]",
            f"{spread(row.theirs_s, row.unit)}\n[dim]{escape(row.against)}[/]",
            "" if row.ratio is None else f"{row.ratio:.2f}",
            _goal(row),
            {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[row.met],
        )
    Console().print(table)


def spread(values: Sequence[float], unit: str = "s") -> str:
    """Median and quartiles: `0.41 s (0.40-0.43)`."""
    if not values:
        return "-"
    scale, shown = (1000, "ms") if unit == "s" and max(values) < 1 else (1, unit)
    middle = f"{median(values) * scale:.3g} {shown}"
    if len(values) < 2:
        return middle
    low, _, high = quantiles(values, n=4, method="inclusive")
    return f"{middle} ({low * scale:.3g}-{high * scale:.3g})"


def _goal(row: Row) -> str:
    parts = [] if row.goal is None else [f"{row.goal:.2f}"]
    return ", ".join(parts if row.limit is None else [*parts, f"{row.limit:g} {row.unit}"])


def write_json(rows: Sequence[Row], path: Path, **more: object) -> None:
    """The rows, the machine they were measured on, the commit, and what else is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {**about(), **more, "rows": [_as_json(row) for row in rows]}
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def read_json(path: Path) -> list[Row]:
    """The rows that `write_json` wrote."""
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return [Row(**{k: v for k, v in row.items() if k not in ("ratio", "met")}) for row in rows]


def _as_json(row: Row) -> dict[str, object]:
    return {**asdict(row), "ratio": row.ratio, "met": row.met}


def about() -> dict[str, object]:
    """When, on what and of which commit; nothing that tells whose machine it is."""
    from marvin.engines.placement.facts import read_facts

    facts = read_facts()
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("describe", "--always", "--dirty", "--abbrev=12"),
        "machine": {
            "cpu": facts.cpu,
            "cores": facts.cores,
            "memory_gb": round(facts.memory_gb, 1),
            "accelerators": [one.label for one in facts.accelerators],
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "python": platform.python_version(),
            "torch": facts.torch,
            "load": [round(one, 2) for one in os.getloadavg()],
        },
    }


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
