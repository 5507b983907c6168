"""`@skill`, by which a file declares its skills. It runs in the process of that file."""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

FunctionT = TypeVar("FunctionT", bound=Callable[..., str | None])


@dataclass(frozen=True, slots=True)
class Declared:
    """A decorated function."""

    function: Callable[..., object]
    line: int
    """Of the decorator."""
    sentences: Sequence[str]
    lists: Mapping[str, Sequence[str]]
    examples: Sequence[str]
    timeout_s: float

    def description(self) -> dict[str, object]:
        """As JSON values."""
        parameters = inspect.signature(self.function).parameters.values()
        return {
            "name": getattr(self.function, "__name__", "?"),
            "line": self.line,
            "sentences": list(self.sentences),
            "lists": {name: list(entries) for name, entries in self.lists.items()},
            "examples": list(self.examples),
            "timeout_s": self.timeout_s,
            "parameters": [one.name for one in parameters if one.kind in _NAMED],
            "needed": [one.name for one in parameters if _needed(one)],
            "takes_all": any(one.kind is one.VAR_KEYWORD for one in parameters),
        }


DECLARED: list[Declared] = []
"""All of the file, in its order."""

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_LONGEST_S = 300.0


def skill(
    *sentences: str,
    lists: Mapping[str, Sequence[str] | range] | None = None,
    examples: Sequence[str] = (),
    timeout_s: float = 10.0,
) -> Callable[[FunctionT], FunctionT]:
    """Let Marvin call the function when one of the sentences is said, and speak what it returns.

    A `{slot}` of a sentence is the parameter of that name: a text for a list of phrases, a whole
    number for a range. After `timeout_s` the function is stopped.
    """
    _check(sentences, "the sentences")
    if not sentences:
        raise TypeError('@skill needs a sentence: @skill("water the plants")')
    _check(examples, "examples")
    if not 0 < timeout_s <= _LONGEST_S:
        raise ValueError(f"timeout_s = {timeout_s!r} should be between 0 and {_LONGEST_S:g}")
    entries = {name: _entries(name, one) for name, one in (lists or {}).items()}
    line = sys._getframe(1).f_lineno

    def declare(function: FunctionT) -> FunctionT:
        if inspect.iscoroutinefunction(function):
            raise TypeError("write `def` in place of `async def`")
        DECLARED.append(Declared(function, line, sentences, entries, tuple(examples), timeout_s))
        return function

    return declare


def _needed(one: inspect.Parameter) -> bool:
    return one.default is one.empty and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)


def _entries(name: str, entries: Sequence[str] | range) -> tuple[str, ...]:
    if isinstance(entries, range):
        if entries.step != 1 or not entries:
            raise ValueError(f"lists[{name!r}]: a range has a step of 1 and is not empty")
        return (f"{entries.start}..{entries[-1]}",)
    _check(entries, f"lists[{name!r}]")
    return tuple(entries)


def _check(texts: Any, what: str) -> None:
    if isinstance(texts, str):
        raise TypeError(f'{what} should be a list of texts: ["{texts}"]')
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{what} should be texts in quotes")
