"""Formats the effective configuration and the origin of each value, for `marvin config`."""

from collections.abc import Iterator

from marvin.boundary.redaction import redact
from marvin.boundary.terminal import one_line
from marvin.config.generate import toml
from marvin.config.loading import Loaded
from marvin.config.table import Table


def explain(loaded: Loaded) -> str:
    """The effective models.toml, with the origin of each value. Valid TOML."""
    lines = [f"# {one_line(line)}" for line in (loaded.why, *loaded.notices)]
    tables: list[tuple[str, Table]] = []
    for name in type(loaded.config).model_fields:
        value = getattr(loaded.config, name)
        if isinstance(value, Table):
            tables.append((name, value))
        else:
            lines.append(_line(loaded, (name,), value))
    for name, table in tables:
        lines += ["", f"[{name}]"]
        lines += [_line(loaded, (name, key), value) for key, value in _items(table)]
    return "\n".join(lines) + "\n"


def _items(table: Table) -> Iterator[tuple[str, object]]:
    for key in type(table).model_fields:
        yield key, getattr(table, key)


def _redacted(value: object) -> object:
    """Removes passwords and keys, as users paste this into bug reports."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Table):
        return _redacted(value.model_dump(exclude_none=True))
    if isinstance(value, dict):
        return {key: _redacted(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(one) for one in value]
    return value


def _line(loaded: Loaded, key: tuple[str, ...], value: object) -> str:
    # The values of a table may come from several files.
    below = (one for at, one in loaded.origins.items() if at[:-1] == key)
    origin = "; ".join(dict.fromkeys(below)) or loaded.origins.get(key, "default")
    text = f"# {key[-1]} is not set" if value is None else f"{key[-1]} = {toml(_redacted(value))}"
    return f"{text:<48}  # {one_line(origin)}"
