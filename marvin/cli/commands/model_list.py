"""The table of models: which profile needs what, what is known of it, and what is here."""

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
    """One model."""

    name: str
    stage: str
    profiles: tuple[str, ...]
    bytes: int | None
    """As it is here, else as the catalogue has it."""
    parameters: str
    licence: str
    language: str
    why: str
    here: bool
    commit: str | None
    """The one that is pinned."""


def as_json(configs: Mapping[str, Config]) -> str:
    """One list, for programs."""
    return to_json([asdict(row) for row in rows(configs)], indent=2)


def as_table(configs: Mapping[str, Config]) -> None:
    """For people: what a profile needs, then what else is known."""
    console = CleanConsole(highlight=False)
    if not console.is_terminal:
        console.width = 200  # in a file nothing need be folded
    found = rows(configs)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("model", no_wrap=True, overflow="fold")
    for heading in ("size", "stage", "profile", "licence", "here"):
        table.add_column(heading, justify="right" if heading == "size" else "left")
    for row in sorted(found, key=lambda row: not row.profiles):
        table.add_row(
            row.name,
            "" if row.bytes is None else _megabytes(row.bytes),
            row.stage,
            ", ".join(row.profiles) or "-",
            row.licence,
            _here(row),
        )
    console.print(table)
    console.print("\n`marvin models pull PROFILE` fetches what a profile needs.")


def rows(configs: Mapping[str, Config]) -> list[ModelRow]:
    """What a profile needs, what was fetched, and what the catalogue knows beside that."""
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
        licence=one.licence if one is not None else licence or "see its page",
        language=one.language if one is not None else "",
        why=one.why if one is not None else "",
        here=find(name) is not None,
        commit=pin.commit if pin is not None else None,
    )


def _here(row: ModelRow) -> str:
    if row.here:
        return row.commit[:8] if row.commit else "yes, not pinned"
    return "not whole" if row.commit else ""


def _megabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
