"""The table of `marvin models list`."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from rich.table import Table

from marvin.boundary.terminal import to_json
from marvin.cli.commands.clean_console import CleanConsole
from marvin.config.needs import needs
from marvin.config.tables import Config
from marvin.hub.catalogue import CATALOGUE, known
from marvin.hub.pins import Pin, read_pins
from marvin.hub.present import find
from marvin.hub.source import is_folder


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A known or downloaded model."""

    name: str
    stage: str
    profiles: tuple[str, ...]
    bytes: int | None
    """Of the local copy, otherwise of the catalogue."""
    parameters: str
    licence: str
    language: str
    why: str
    here: bool
    commit: str | None
    """The pinned commit."""
    origin: str | None
    """Where it came from: `hub`, `packages` or `folder`."""
    sources: tuple[str, ...]
    """Where it can be fetched from."""


def as_json(configs: Mapping[str, Config]) -> str:
    """All rows as JSON."""
    return to_json([asdict(row) for row in model_rows(configs)], indent=2)


def as_table(configs: Mapping[str, Config]) -> None:
    """Print two tables: models that a profile needs, then the others."""
    console = CleanConsole(highlight=False)
    if not console.is_terminal:
        console.width = 200  # no wrapping in files
    found = model_rows(configs)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("model", no_wrap=True, overflow="fold")
    for heading in ("size", "stage", "profile", "licence", "from", "here"):
        table.add_column(heading, justify="right" if heading == "size" else "left")
    for row in sorted(found, key=lambda row: not row.profiles):
        table.add_row(
            row.name,
            "" if row.bytes is None else _megabytes(row.bytes),
            row.stage,
            ", ".join(row.profiles) or "-",
            row.licence,
            ", ".join(row.sources),
            _here(row),
        )
    console.print(table)
    console.print("\n`marvin models pull PROFILE` downloads the models of a profile.")


def model_rows(configs: Mapping[str, Config]) -> list[ModelRow]:
    """Models of profiles, then downloaded ones, then the rest of the catalogue."""
    stages: dict[str, str] = {}
    profiles: dict[str, list[str]] = {}
    licences: dict[str, str] = {}
    for profile, config in configs.items():
        for need in needs(config):
            if not is_folder(need.name):
                stages.setdefault(need.name, need.key.partition(".")[0])
                profiles.setdefault(need.name, []).append(profile)
                licences[need.name] = need.licence
    pins = read_pins()
    for one in CATALOGUE:
        stages.setdefault(one.name, one.stage)
    for name in pins:
        stages.setdefault(name, "")
    return [
        _row(name, stage, profiles.get(name, ()), pins.get(name), licences.get(name, ""))
        for name, stage in stages.items()
    ]


def _row(name: str, stage: str, profiles: Iterable[str], pin: Pin | None, licence: str) -> ModelRow:
    one = known(name)
    size = one.megabytes * 1_000_000 if one is not None else None
    return ModelRow(
        name=name,
        stage=stage,
        profiles=tuple(dict.fromkeys(profiles)),
        bytes=pin.bytes if pin is not None else size,
        parameters=one.parameters if one is not None else "",
        licence=one.licence if one is not None else licence or "see model page",
        language=one.language if one is not None else "",
        why=one.why if one is not None else "",
        here=find(name) is not None,
        commit=pin.commit if pin is not None else None,
        origin=pin.origin if pin is not None else None,
        sources=one.sources if one is not None else ("hub",),
    )


def _here(row: ModelRow) -> str:
    if row.here:
        if row.origin not in (None, "hub"):
            return f"yes, from {row.origin}"
        return row.commit[:8] if row.commit else "yes, not pinned"
    return "incomplete" if row.commit else ""


def _megabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
