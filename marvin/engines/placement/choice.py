"""Decides the device and dtype of each model from the machine and the configuration."""

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
    """Place each local model; returns placements by table key: `stt`, `llm.fallbacks[0]`.

    Empty, without importing torch, if no engine takes a device. The first call on a machine
    takes two seconds longer, for measurements.

    Raises:
        ConfigError: models.toml asks for a device or dtype that is not available, or for more
            memory than the machine has.
        ModelLoadError: Other programs are using the memory.
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
    """Return the machine and the plan for it, errors included. `again` repeats measurements."""
    placed = [table for _, table in config.engines() if isinstance(table, PlacedTable)]
    facts = read_facts(accelerators=any(table.device != "cpu" for table in placed))
    known = speeds(facts, voice_threads(facts.cores), again=again) if placed or again else {}
    return facts, plan(facts, needs(config), known)
