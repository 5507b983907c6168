"""The configuration and machine to examine."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from marvin.boundary.files import parse_toml, read_file
from marvin.config.loading import load_config, user_path
from marvin.config.tables import Config
from marvin.errors import MarvinError
from marvin.workshop.doctor.system import System


@dataclass(frozen=True, slots=True)
class Patient:
    system: System
    config: Config = field(default_factory=Config)
    """The effective configuration; the built-in one if the user's is invalid."""
    why: str = ""
    """The chosen profile and the reason."""
    notices: tuple[str, ...] = ()
    """What the user should change in models.toml, though it works."""
    problems: tuple[str, ...] = ()
    """Problems of the configuration, each with file and key."""
    written: object = ()
    """The user's models.toml, valid or not: a tree, or its words."""


def admit(system: System, path: Path | None = None, profile: str | None = None) -> Patient:
    """Loads the configuration of `--config` and `--profile`, valid or not."""
    written = _written(path or Path(system.environment.get("MARVIN_CONFIG") or user_path()))
    try:
        loaded = load_config(path, profile=profile)
    except MarvinError as error:
        return Patient(system, problems=tuple(str(error).splitlines()), written=written)
    return Patient(system, loaded.config, loaded.why, loaded.notices, written=written)


def _written(path: Path) -> object:
    try:
        text = read_file(path).decode(errors="replace")
    except OSError:
        return ()
    try:
        return parse_toml(text)
    except ValueError:
        # Error messages may quote any part of it.
        return tuple(re.findall(r"[^\s\"'=\[\](){},#]+", text))
