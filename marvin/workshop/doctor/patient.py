"""What is examined: a configuration, on a machine."""

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
    """Everything that checks look at."""

    system: System
    config: Config = field(default_factory=Config)
    """In force; the built-in one where the user's is wrong."""
    why: str = ""
    """Which profile was chosen, and why."""
    notices: tuple[str, ...] = ()
    """What the user should change in models.toml, though it works."""
    problems: tuple[str, ...] = ()
    """What is wrong with the configuration, each with its file and key."""
    written: object = ()
    """All that is in the user's models.toml, right or wrong: a tree, or its words."""


def admit(system: System, path: Path | None = None, profile: str | None = None) -> Patient:
    """The configuration that `--config` and `--profile` ask for, right or wrong."""
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
        # What is wrong with it may quote any of it.
        return tuple(re.findall(r"[^\s\"'=\[\](){},#]+", text))
