"""Checks the names of skills in the configuration."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def unknown_skills(names: Sequence[str], key: str, known: Iterable[str]) -> list[str]:
    """A line for each name among the values of `key` that no skill has."""
    there = list(dict.fromkeys(known))
    problems = []
    for at, name in enumerate(names):
        if name not in there:
            close = get_close_matches(name, there, 1)
            hint = f"did you mean '{close[0]}'? " if close else ""
            problems.append(
                f"{key}[{at}]: there is no skill '{name}' ({hint}there are {', '.join(there)})"
            )
    return problems
