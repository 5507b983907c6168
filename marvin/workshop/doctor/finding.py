"""What one check found out."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """Marvin runs; something is worse than it could be."""
    FAIL = "fail"
    """Marvin does not run, does not hear, or does not answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    name: str
    level: Level
    text: str
    cure: str = ""
    """The command that mends it, or what to do where no command can."""
    aside: str = ""
    """More of the text, for the user alone: it gets into no bundle."""


def ok(name: str, text: str) -> Finding:
    return Finding(name, Level.OK, text)


def warn(name: str, text: str, cure: str) -> Finding:
    return Finding(name, Level.WARN, text, cure)


def fail(name: str, text: str, cure: str) -> Finding:
    return Finding(name, Level.FAIL, text, cure)


def worst(findings: Iterable[Finding]) -> Level:
    """Of all lines."""
    levels = {finding.level for finding in findings}
    return next((one for one in (Level.FAIL, Level.WARN) if one in levels), Level.OK)
