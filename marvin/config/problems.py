"""What is wrong with a models.toml, in words: every problem with its file, key and cure."""

import difflib
import typing
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


def problems(
    error: ValidationError,
    model: type[BaseModel],
    origins: Mapping[tuple[str, ...], str],
    default_origin: str,
) -> list[str]:
    """One line a problem: `FILE: KEY: what is wrong (what to do)`."""
    lines = []
    for detail in error.errors(include_url=False):
        keys = tuple(str(part) for part in detail["loc"])
        origin = next(
            (
                origins[keys[:length]]
                for length in range(len(keys), 0, -1)
                if keys[:length] in origins
            ),
            default_origin,
        )
        lines.append(f"{origin}: {_dotted(detail['loc'])}: {_what(detail, model)}")
    return lines


def closest(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)`, or the list of what there is."""
    names = list(known)
    match = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if match:
        return f" (did you mean {match[0]!r}?)"
    return f" (there is: {', '.join(names)})"


def _what(detail: ErrorDetails, model: type[BaseModel]) -> str:
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return f"unknown key{closest(str(detail['loc'][-1]), _fields(model, detail['loc'][:-1]))}"
    if kind == "literal_error":
        expected = detail.get("ctx", {}).get("expected", "")
        return f"{value!r} is not known; this version has {expected}"
    if kind == "missing":
        return "is missing"
    message = detail["msg"]
    message = message.removeprefix("Input ").removeprefix("Value error, ")
    shown = repr(value) if not isinstance(value, dict | list) else "the value"
    return f"{shown} {message}" if message.startswith("should") else f"{message} (it is {shown})"


def _fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Keys that exist where `loc` points."""
    kind: object = model
    for part in loc:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[str(part)].annotation
        else:
            # An item of a list or a value of a table of tables.
            kind = typing.get_args(kind)[-1 if isinstance(part, str) else 0]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return list(kind.model_fields)
    return []


def _dotted(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
