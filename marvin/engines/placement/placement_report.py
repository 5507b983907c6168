"""Formats a placement as table rows and log lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from marvin.boundary.redaction import redact
from marvin.config.engine_table import EngineTable
from marvin.config.tables import Config
from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.plan import Placement, Plan


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """One engine. None means not applicable."""

    key: str
    """Its table in models.toml."""
    engine: str
    model: str | None
    device: str | None
    dtype: str | None
    threads: int | None
    memory_mb: int | None
    why: str


def lines(made: Plan) -> list[str]:
    """One log line per model."""
    return [
        f"{one.need.key}: {one.need.model} on {one.place.device} {_dtype(one)}, {_threads(one)}, "
        f"{one.memory_gb * 1000:.0f} MB: {one.why}"
        for one in made.placements
    ]


def rows(config: Config, made: Plan) -> list[PlacementRow]:
    """One row per engine in stage order, including those without a device."""
    placed = {one.need.key: one for one in made.placements}
    return [_row(key, table, placed.get(key)) for key, table in config.engines()]


def _row(key: str, table: EngineTable, one: Placement | None) -> PlacementRow:
    named = getattr(table, "model", None)
    model = None if named is None else redact(str(named))
    if one is None:
        return PlacementRow(key, table.engine, model, None, None, None, None, table.where())
    place, memory_mb = one.place, round(one.memory_gb * 1000)
    return PlacementRow(
        key, table.engine, model, place.device, _dtype(one), place.threads, memory_mb, one.why
    )


def _dtype(one: Placement) -> str:
    return one.place.dtype if one.need.traits.allowed else "as stored"


def _threads(one: Placement) -> str:
    count = one.place.threads
    return f"{count} {'thread' if count == 1 else 'threads'}"


def machine(facts: MachineFacts) -> str:
    """One line that describes the machine."""
    cores = f"{facts.cores} {'core' if facts.cores == 1 else 'cores'}"
    native = f" with {' and '.join(facts.native)}" if facts.native else ""
    parts = [
        f"{facts.cpu}, {cores}{native}",
        f"{facts.available_gb:.1f} of {facts.memory_gb:.1f} GB free",
        *(
            f"{one.name} {one.label}, {one.free_gb:.1f} of {one.total_gb:.1f} GB free"
            for one in facts.accelerators
        ),
        *facts.broken,
    ]
    return "; ".join(parts)


def budgets(made: Plan) -> str:
    """One line with the planned memory and the budget of each device."""
    parts = (
        f"{name} {made.used_gb[name]:.2f} of {gb:.1f} GB" for name, gb in made.budgets_gb.items()
    )
    return f"planned: {', '.join(parts)} (all code included)"


def unknown(made: Plan) -> Iterator[tuple[str, str]]:
    """Models whose size was not read from their files, and where it comes from."""
    for one in made.placements:
        if one.need.origin is not one.need.origin.FILES:
            yield one.need.model, one.need.origin.value
