"""The result of a check."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    OK = "ok"
    WARN = "warn"
    """Marvin runs, but could work better."""
    FAIL = "fail"
    """Marvin cannot run, hear or answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    level: Level
    text: str
    cure: str = ""
    """A command that fixes it, or other advice."""
    aside: str = ""
    """More text for the user, left out of bundles."""


def ok(name: str, text: str) -> Finding:
    return Finding(name, Level.OK, text)


def warn(name: str, text: str, cure: str) -> Finding:
    return Finding(name, Level.WARN, text, cure)


def fail(name: str, text: str, cure: str) -> Finding:
    return Finding(name, Level.FAIL, text, cure)


def worst(findings: Iterable[Finding]) -> Level:
    levels = {finding.level for finding in findings}
    return next((one for one in (Level.FAIL, Level.WARN) if one in levels), Level.OK)
