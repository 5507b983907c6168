"""Removes private data from bundles. Strings are private unless known to be public."""

from __future__ import annotations

import json
import os
import re
import tomllib
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel

from marvin.boundary.redaction import LEFT_OUT, redact
from marvin.config.engine_table import EngineTable
from marvin.config.loading import shipped_path
from marvin.config.table import Table
from marvin.config.tables import Config
from marvin.hub.catalogue import CATALOGUE

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|COOKIE|AUTH", re.IGNORECASE)
_HOME = re.compile(r"/(?:home|Users|run/media|media|var/home)/[^/\s'\":,;)]+|/root\b")
_PLAIN = re.compile(
    r"auto|default|cpu|mps|(?:cuda|xpu)(?::\d+)?|[a-z]{2,3}(?:-[a-z]{2})?(?:\+[fm]\d)?"
)
"""Keys with devices, languages and voices, which are public."""
_OWN_VARIABLES = (
    "HF_ENDPOINT", "HF_HOME", "HF_HUB_CACHE", "MARVIN_CONFIG", "PULSE_SERVER", "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
)  # fmt: skip
"""Folders and hosts that findings mention."""
_LONG_ENOUGH = 4
"""Shorter strings would match inside other words by chance."""
_LOOPBACK = {"localhost", "127.0.0.1"}


class Redactor:
    """Removes the user's own values from texts."""

    def __init__(
        self, written: object, environment: Mapping[str, str], public: Iterable[str] = ()
    ) -> None:
        """Args:
        written: The content of the user's models.toml.
        environment: Holds secrets and the variables that models.toml names.
        public: User values that may be shown: names of sound devices.
        """
        self._known = _known_words()
        shown = "\n".join(public).lower()
        words = set(_words(written))
        own = {word for word in words if not self._harmless(word) and word.lower() not in shown}
        own |= {environment[word] for word in (*words, *_OWN_VARIABLES) if word in environment}
        own |= {host for word in own if (host := _host(word))}
        own |= {
            value
            for name, value in environment.items()
            if _SECRET_NAME.search(name) and value not in self._known
        }
        homes = {environment.get("HOME", ""), str(Path.home()), os.path.realpath(Path.home())}
        # Longest first, so that a folder goes before its parent.
        forms = sorted({form for word in own for form in _forms(word)}, key=len, reverse=True)
        self._own = re.compile("|".join(map(re.escape, forms)), re.IGNORECASE) if forms else None
        self._homes = sorted((home for home in homes if len(home) > 1), key=len, reverse=True)

    def tree(self, value: object) -> object:
        """The value with user values, secrets and home folder names removed from all strings."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return {str(key): self.tree(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.tree(one) for one in value]
        return value

    def table(self, table: Table) -> dict[str, object]:
        """A table of models.toml with known public values only."""
        return {name: self._value(getattr(table, name)) for name in type(table).model_fields}

    def _value(self, value: object) -> object:
        if isinstance(value, Table):
            return self.table(value)
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str) and self._harmless(value):
            return value
        if isinstance(value, tuple) and any(isinstance(one, Table) for one in value):
            return [self._value(one) for one in value]
        if isinstance(value, tuple | dict):
            return f"{len(value)} {LEFT_OUT}" if value else []
        return _address(str(value)) or LEFT_OUT

    def _text(self, text: str) -> str:
        # Servers and file systems may quote in a different case.
        text = redact(self._own.sub(LEFT_OUT, text) if self._own else text)
        for home in self._homes:
            text = text.replace(home, "~")
        return _HOME.sub("~", text)

    def _harmless(self, word: str) -> bool:
        return word in self._known or bool(_PLAIN.fullmatch(word)) or _address(word) == word


def _forms(word: str) -> Iterator[str]:
    """Forms in which messages may quote a string: whole, single lines, escaped."""
    for part in {word.strip(), *map(str.strip, word.splitlines())}:
        for form in (part, repr(part)[1:-1], json.dumps(part)[1:-1]):
            if len(form) >= _LONG_ENOUGH:
                yield form


def _words(tree: object) -> Iterator[str]:
    """All keys and strings in a tree."""
    if isinstance(tree, str | Path):
        yield str(tree)
    elif isinstance(tree, Mapping):
        for key, value in tree.items():
            yield str(key)
            yield from _words(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from _words(value)


def _known_words() -> frozenset[str]:
    """Keys and choices of the tables, shipped names, and models of the catalogue."""
    shipped = tomllib.loads(shipped_path().read_text(encoding="utf-8"))
    words = {*_words(shipped), *(one.name for one in CATALOGUE)}
    seen: set[type[BaseModel]] = set()
    _collect(Config, words, seen)
    return frozenset(words)


def _collect(kind: object, words: set[str], seen: set[type[BaseModel]]) -> None:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if kind in seen:
            return
        seen.add(kind)
        if issubclass(kind, EngineTable):
            for engine in kind.choices():
                _collect(engine, words, seen)
        for name, field in kind.model_fields.items():
            words.add(name)
            if isinstance(field.default, str):
                words.add(field.default)
            _collect(field.annotation, words, seen)
        return
    if typing.get_origin(kind) is typing.Literal:
        words.update(word for word in typing.get_args(kind) if isinstance(word, str))
    for part in typing.get_args(kind):
        _collect(part, words, seen)


def _host(word: str) -> str | None:
    try:
        host = urlsplit(word).hostname if "://" in word else None
    except ValueError:
        return None
    return None if host in _LOOPBACK else host


def _address(word: str) -> str | None:
    """Keep whether a server is local, and its port, which are often the problem."""
    try:
        parts = urlsplit(word)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    host = parts.hostname if parts.hostname in _LOOPBACK else "another-machine"
    path = parts.path if parts.path in ("", "/", "/v1", "/v1/") else "/..."
    return f"{parts.scheme}://{host}{port}{path}"
