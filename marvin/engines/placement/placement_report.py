"""The placement in words: the rows of the table, and the lines of the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from marvin.boundary.redaction import redact, show_address
from marvin.config.llm import ChatConfig
from marvin.config.table import Table
from marvin.config.tables import Config
from marvin.engines.placement.facts import MachineFacts
from marvin.engines.placement.model_needs import tables
from marvin.engines.placement.plan import Placement, Plan


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """One engine; None is what does not apply to it."""

    key: str
    """Its table of models.toml."""
    engine: str
    model: str | None
    device: str | None
    dtype: str | None
    threads: int | None
    memory_mb: int | None
    why: str


def lines(made: Plan) -> list[str]:
    """A line a model, for the log."""
    return [
        f"{one.need.key}: {one.need.model} on {one.place}, {_threads(one)}, "
        f"{one.memory_gb * 1000:.0f} MB: {one.why}"
        for one in made.placements
    ]


def rows(config: Config, made: Plan) -> list[PlacementRow]:
    """All engines, those that need no device included, in the order of the line."""
    placed = {one.need.key: one for one in made.placements}
    every: list[tuple[str, Table]] = [("wake", config.wake), ("vad", config.vad), *tables(config)]
    return [_row(key, table, placed.get(key)) for key, table in every]


def _row(key: str, table: Table, one: Placement | None) -> PlacementRow:
    engine = str(getattr(table, "engine", None))
    named = getattr(table, "model", None)
    model = None if named is None else redact(str(named))
    if one is None:
        return PlacementRow(key, engine, model, None, None, None, None, _elsewhere(engine, table))
    place, memory_mb = one.place, round(one.memory_gb * 1000)
    return PlacementRow(
        key, engine, model, place.device, place.dtype, place.threads, memory_mb, one.why
    )


def _elsewhere(engine: str, table: Table) -> str:
    """Why an engine needs no device."""
    if isinstance(table, ChatConfig) and table.base_url is None:
        return f"on Hugging Face's inference providers ({table.provider})"
    url = getattr(table, "base_url", None)
    if url is not None:
        return f"on the server {show_address(url)}"
    known = {
        "webrtc": "C library in this process",
        "sphinx": "C library in this process",
        "espeak": "a small process of its own",
        "none": "skills only",
    }
    return known.get(engine, "not placed: see below")


def _threads(one: Placement) -> str:
    count = one.place.threads
    return f"{count} {'thread' if count == 1 else 'threads'}"


def machine(facts: MachineFacts) -> str:
    """The machine in one line."""
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
    """What is used of what may be used, in one line."""
    parts = (
        f"{name} {made.used_gb[name]:.2f} of {gb:.1f} GB" for name, gb in made.budgets_gb.items()
    )
    return f"planned: {', '.join(parts)} (all code included)"


def unknown(made: Plan) -> Iterator[tuple[str, str]]:
    """Models whose size is not from their files, and where it is from."""
    for one in made.placements:
        if one.need.origin is not one.need.origin.FILES:
            yield one.need.model, one.need.origin.value
