"""Lists the models that a configuration needs."""

from collections.abc import Iterator
from pathlib import Path

import marvin
from marvin.config.engine_table import CheckpointKey, EngineTable
from marvin.config.tables import Config
from marvin.hub.source import Source

_PACKAGE = Path(marvin.__file__).parent


def needs(config: Config) -> tuple[Source, ...]:
    """Every Hub model or folder that a configuration's engines load, except shipped ones."""
    found = (source for key, table in config.engines() for _, source in sources(key, table))
    return tuple(dict.fromkeys(one for one in found if not _shipped(one)))


def sources(key: str, table: EngineTable) -> Iterator[tuple[CheckpointKey, Source]]:
    """The checkpoints that an engine loads. `key` is its table's key."""
    for one in table.checkpoints:
        name = one.resolve(getattr(table, one.key))
        if name is not None:
            # `revision` applies to the main model only.
            revision = getattr(table, "revision", None) if one.key == "model" else None
            yield one, Source(f"{key}.{one.key}", name, revision, one.licence, one.gguf)


def _shipped(source: Source) -> bool:
    return Path(source.name).is_relative_to(_PACKAGE)
