"""A profile's configuration with published models, from this machine or from packages."""

from pathlib import Path
from typing import Any

from marvin.config import load_config
from marvin.config.engine_table import PlacedTable
from marvin.config.needs import sources
from marvin.config.tables import Config
from marvin.hub.packages.packaged_models import PACKAGED
from marvin.hub.source import is_present
from tests.published import MODELS, fetched

_SHORT = {
    name: short
    for name, packaged in PACKAGED.items()
    for short, model in MODELS.items()
    if model is packaged
}


def published_profile(profile: str, **tables: Any) -> Config:
    """Models that have not been pulled are fetched as for the tests. `tables` replace others."""
    config = load_config(profile=profile).config.model_copy(update=tables)
    found = {
        key: table.model_copy(update={"model": str(_model(fetched(_SHORT[source.name])))})
        for key, table in config.engines()
        if "." not in key and isinstance(table, PlacedTable)
        for one, source in sources(key, table)
        if one.key == "model" and not is_present(source)
    }
    return config.model_copy(update=found)


def _model(folder: Path) -> Path:
    """The folder, or the GGUF file in it."""
    return next(folder.glob("*.gguf"), folder)
