"""Looks at the machine and the configuration, and decides where the models go."""

from __future__ import annotations

import logging

from marvin.config.engine_table import PlacedTable
from marvin.config.tables import Config
from marvin.engines.placement.facts import MachineFacts, read_facts
from marvin.engines.placement.model_needs import needs
from marvin.engines.placement.placement_report import budgets, lines, machine
from marvin.engines.placement.plan import Placement, Plan, plan, voice_threads
from marvin.engines.placement.speed import speeds
from marvin.errors import ConfigError, ModelLoadError

__all__ = ["Placement", "look", "place_engines"]

_LOGGER = logging.getLogger(__name__)


def place_engines(config: Config) -> dict[str, Placement]:
    """Where each model of this process goes, by its table's key: `stt`, `llm.fallbacks[0]`.

    Empty, and nothing heavy is loaded, where no engine wants a device. Takes two seconds more on
    a machine that was never measured.

    Raises:
        ConfigError: models.toml asks for a device or a number format that is not there, or for
            more memory than the machine has.
        ModelLoadError: Other programs have the memory.
    """
    if not any(isinstance(table, PlacedTable) for _, table in config.engines()):
        return {}
    facts, made = look(config)
    for line in facts.broken:
        _LOGGER.warning("%s", line)
    if made.wrong:
        raise ConfigError("\n".join((*made.wrong, *made.short)))
    if made.short:
        raise ModelLoadError("\n".join(made.short))
    for line in (machine(facts), *lines(made), budgets(made)):
        _LOGGER.info("%s", line)
    return {one.need.key: one for one in made.placements}


def look(config: Config, *, again: bool = False) -> tuple[MachineFacts, Plan]:
    """The machine, and the plan for it, which may have problems. `again`: measure anew."""
    placed = [table for _, table in config.engines() if isinstance(table, PlacedTable)]
    facts = read_facts(accelerators=any(table.device != "cpu" for table in placed))
    known = speeds(facts, voice_threads(facts.cores), again=again) if placed or again else {}
    return facts, plan(facts, needs(config), known)
