"""Turns validation errors of models.toml into messages with file, key and remedy."""

import difflib
import json
import re
import shlex
import typing
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from marvin.boundary.redaction import redact
from marvin.boundary.terminal import one_line
from marvin.config.engine_table import EngineTable

Loc: typing.TypeAlias = tuple[int | str, ...]
"""A path of keys and indices in a document."""

_WANTED = {
    "string_type": "should be text in quotes",
    "path_type": "should be a path in quotes",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "float_type": "should be a number",
    "float_parsing": "should be a number",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "dict_type": "should be a table",
    "model_type": "should be a table",
    "model_attributes_type": "should be a table",
    "tuple_type": "should be a list",
    "too_short": "should not be empty",
    "string_too_short": "should not be empty",
}
"""pydantic's error types in TOML terms."""
_MOST = 20
"""Maximum number of problems listed; the rest are only counted."""
_SHOWN = 100
"""Longer values and names are cut, in characters."""


def problems(
    error: ValidationError,
    model: type[BaseModel],
    origins: Mapping[tuple[str, ...], str],
    default_origin: str,
) -> list[str]:
    """One line per problem, up to twenty: `FILE: KEY: what is wrong (what to do)`."""
    lines = []
    found = error.errors(include_url=False)
    for detail in found[:_MOST]:
        loc, fields = _resolve(model, detail["loc"])
        if detail["type"].startswith("union_tag"):
            loc = (*loc, "engine")
        keys = tuple(map(str, loc))
        origin = next(
            (
                origins[keys[:length]]
                for length in range(len(keys), 0, -1)
                if keys[:length] in origins
            ),
            default_origin,
        )
        # A key may contain a line break, and a value a password.
        lines.append(one_line(redact(f"{origin}: {_dotted(loc)}: {_what(detail, fields)}")))
    if len(found) > _MOST:
        lines.append(f"and {len(found) - _MOST} more")
    return lines


def closest(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)`, or the list of known names."""
    names = list(known)
    match = difflib.get_close_matches(word[:_SHOWN], names, n=1, cutoff=0.6)
    if match:
        return f" (did you mean {match[0]!r}?)"
    return f" (there is: {', '.join(names)})"


def _what(detail: ErrorDetails, fields: Iterable[str]) -> str:
    kind, value = detail["type"], detail["input"]
    context = detail.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key{closest(str(detail['loc'][-1]), fields)}"
    if kind == "union_tag_invalid":
        engines = context["expected_tags"].replace("'", "").split(", ")
        return f"{_shown(context['tag'])} is not known{closest(context['tag'], engines)}"
    if kind == "literal_error":
        expected = str(context.get("expected", ""))
        close = difflib.get_close_matches(str(value)[:_SHOWN], re.findall("'([^']*)'", expected), 1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        return f"{_shown(value)} is not known{hint}; this version has {expected}"
    if kind in ("missing", "union_tag_not_found"):
        return "is missing"
    message = _WANTED.get(kind, detail["msg"])
    message = message.removeprefix("Input ").removeprefix("Value error, ")
    shown = _shown(value) if not isinstance(value, dict | list | tuple) else "the value"
    said = f"{shown} {message}" if message.startswith("should") else f"{message} (it is {shown})"
    written = _rewritten(kind, str(detail["loc"][-1]), value)
    return f"{said}: {written}" if written else said


def _rewritten(kind: str, key: str, value: object) -> str:
    """A suggestion for what was probably meant; empty if there is none."""
    if kind == "string_type" and isinstance(value, bool | int | float):
        return _assigned(key, json.dumps(value))
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"[{key}]" if key.isidentifier() else ""
    if kind != "tuple_type":
        return ""
    if isinstance(value, dict):
        return f"[[{key}]] in double brackets, or a list of {{ ... }}"
    items: list[object] = [value]
    if key == "run" and isinstance(value, str):
        try:
            items = list(shlex.split(value))
        except ValueError:
            items = list(value.split())
    return _assigned(key, items)


def _assigned(key: str, value: object) -> str:
    return f"{key} = {json.dumps(value, ensure_ascii=False, default=str)}"


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:
        # Python refuses to print integers of more than 4,300 digits.
        return "that number"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _resolve(model: type[BaseModel], loc: Loc) -> tuple[Loc, list[str]]:
    """The location as the user wrote it, and the valid keys of its table.

    pydantic includes the engine name in the location as if it were a key.
    """
    kind: object = model
    place: list[int | str] = []
    table: object = model
    for part in loc:
        engines = {str(one.model_fields["engine"].default): one for one in _engines(kind)}
        if part in engines and kind is not table:
            kind = table = engines[str(part)]
            continue
        place.append(part)
        table = kind
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(str(part))
            kind = field.annotation if field is not None else None
        else:
            # An item of a list, or a value in a table of tables.
            inner = typing.get_args(kind)
            kind = inner[-1 if isinstance(part, str) else 0] if inner else None
    fields = list(table.model_fields) if _is_table(table) else []
    return tuple(place), fields


def _engines(kind: object) -> tuple[type[EngineTable], ...]:
    """The engines of a stage's base class; empty for any other class."""
    chosen = isinstance(kind, type) and issubclass(kind, EngineTable) and not kind.class_path
    return typing.cast("type[EngineTable]", kind).choices() if chosen else ()


def _is_table(kind: object) -> typing.TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _dotted(loc: Loc) -> str:
    text = ""
    for part in loc:
        name = part if isinstance(part, int) else part[:_SHOWN]
        text += f"[{name}]" if isinstance(name, int) else f".{name}" if text else name
    return text
