"""Tables of ratios between Marvin and an alternative, with spread.

A benchmark measures both sides interleaved, in one run on the same audio, as a `Row`.
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
    """Measurements of Marvin and an alternative."""

    what: str
    """The measured quantity: `end of speech to transcript, 4 s`."""
    contender: str
    """Our variant: `whisper base.en, one pass`."""
    against: str
    """The alternative: `faster-whisper int8`."""
    ours_s: Sequence[float]
    """Our measurements, in seconds or `unit`."""
    theirs_s: Sequence[float]
    """The alternative's measurements, interleaved with ours; empty without an alternative."""
    goal: float | None
    """Highest acceptable ratio; None without a goal."""
    unit: str = "s"
    limit: float | None = None
    """Highest acceptable median of ours, in `unit`; None if only the ratio counts."""

    @property
    def ratio(self) -> float | None:
        """Ratio of the medians."""
        return median(self.ours_s) / median(self.theirs_s) if self.theirs_s else None

    @property
    def met(self) -> bool | None:
        """Whether all goals are met; None without goals."""
        asked = []
        if self.goal is not None:
            asked.append(self.ratio is not None and self.ratio <= self.goal)
        if self.limit is not None:
            asked.append(median(self.ours_s) <= self.limit)
        return all(asked) if asked else None


def print_table(rows: Sequence[Row]) -> None:
    """Print medians with quartiles, ratio, goal and whether it is met."""
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
    """Write the rows, machine, commit and `more`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {**about(), **more, "rows": [_as_json(row) for row in rows]}
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def read_json(path: Path) -> list[Row]:
    """Read rows written by `write_json`."""
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return [Row(**{k: v for k, v in row.items() if k not in ("ratio", "met")}) for row in rows]


def _as_json(row: Row) -> dict[str, object]:
    return {**asdict(row), "ratio": row.ratio, "met": row.met}


def about() -> dict[str, object]:
    """Time, machine and commit, without personal data."""
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
