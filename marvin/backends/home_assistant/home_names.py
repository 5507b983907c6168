"""Names of areas and devices: untrusted text, made fit for a recogniser's grammar."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from marvin.boundary.files import read_json

MOST = 200
"""Names of one kind. A grammar with more is slow, and hears names in any noise."""
_LONGEST, _MOST_WORDS = 40, 5
_NOT_IN_A_NAME = re.compile(r"[^\w' ]+|_+")
_CODE = re.compile(r"[^\W\d]\d|\d[^\W\d]")
"""`2nd` and `xq7` are said in too many ways."""

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HomeNames:
    """What is in a home, by what can be done with it."""

    areas: Names = ()
    things: Names = ()
    """Can be turned on and off."""
    lights: Names = ()
    covers: Names = ()
    locks: Names = ()
    scenes: Names = ()
    sensors: Names = ()

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        """The usable names, by kind; wrong types are left out."""
        names = {}
        for kind in fields(cls):
            value = found.get(kind.name, ())
            names[kind.name] = usable(value if isinstance(value, list | tuple) else ())
        return cls(**names)

    def as_json(self) -> dict[str, list[str]]:
        return {kind.name: list(getattr(self, kind.name)) for kind in fields(self)}

    def all(self) -> frozenset[str]:
        return frozenset(name for kind in fields(self) for name in getattr(self, kind.name))


KINDS: Mapping[str, tuple[str, ...]] = {
    "light": ("things", "lights"),
    "switch": ("things",),
    "fan": ("things",),
    "input_boolean": ("things",),
    "media_player": ("things",),
    "humidifier": ("things",),
    "cover": ("covers",),
    "lock": ("locks",),
    "scene": ("scenes",),
    "script": ("scenes",),
    "sensor": ("sensors",),
}
"""The kinds of names that each domain's entities have."""


@dataclass(slots=True)
class NamesFound:
    """Collects names as they are found."""

    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, domain: str, names: Iterable[object]) -> None:
        names = list(names)
        for kind in KINDS.get(domain, ()):
            self.names.setdefault(kind, []).extend(one for one in names if isinstance(one, str))


def usable(names: Iterable[object]) -> Names:
    """Words that can be spoken: without signs, not too long and not too many, each once."""
    found: dict[str, str] = {}
    for name in names:
        if len(found) == MOST:
            break
        text = _plain(name) if isinstance(name, str) else ""
        if text:
            found.setdefault(text.casefold(), text)
    return tuple(found.values())


def _plain(name: str) -> str:
    """Empty if it cannot be spoken."""
    text = unicodedata.normalize("NFKC", name[: 4 * _LONGEST]).replace("\u2019", "'")
    words = _NOT_IN_A_NAME.sub(" ", text).split()
    text = " ".join(words)
    speakable = any(map(str.isalpha, text)) and not _CODE.search(text)
    short = len(words) <= _MOST_WORDS and len(text) <= _LONGEST
    return text if speakable and short else ""


def read_names(path: Path) -> HomeNames:
    """The names that were saved; none if there is no such file, or it is damaged."""
    try:
        found = read_json(path)
    except (OSError, ValueError):
        return HomeNames()
    return HomeNames.of(found) if isinstance(found, dict) else HomeNames()


def save_names(path: Path, names: HomeNames) -> None:
    """Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".new")
    partial.write_text(json.dumps(names.as_json(), ensure_ascii=False, indent=1))
    partial.chmod(0o600)
    partial.replace(path)
