"""Loads models.toml: the shipped file, then the profile, then the user's file, merged."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

from pydantic import Field, ValidationError

from marvin.boundary.files import parse_toml, read_file
from marvin.config.follow_language import follow_language, language_notices, language_problem
from marvin.config.needs import needs
from marvin.config.old_keys import replace_old_keys
from marvin.config.problems import closest, problems
from marvin.config.profiles import AUTO, ChosenProfile, ProfileCandidate, best_ready, this_machine
from marvin.config.summary import summary
from marvin.config.table import Table
from marvin.config.tables import Config, ProfileConfig
from marvin.errors import ConfigError
from marvin.hub.source import is_present

Tree: TypeAlias = dict[str, object]
Key: TypeAlias = tuple[str, ...]

SHIPPED = "shipped models.toml"
_STAGES = ("wake", "vad", "stt", "llm", "tts", "turn", "audio", "skills")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The effective configuration."""

    config: Config
    origins: Mapping[Key, str]
    """The source of each value that is not a built-in default, by key."""
    profile: str
    why: str
    """One line: the chosen profile, the reason, what it does, and better alternatives."""
    notices: tuple[str, ...] = ()
    """Keys that the user should rename or change."""


class _Profile(ProfileConfig):
    """A profile with its stage tables, which are validated after merging."""

    wake: dict[str, object] = Field(default_factory=dict)
    vad: dict[str, object] = Field(default_factory=dict)
    stt: dict[str, object] = Field(default_factory=dict)
    llm: dict[str, object] = Field(default_factory=dict)
    tts: dict[str, object] = Field(default_factory=dict)
    turn: dict[str, object] = Field(default_factory=dict)
    audio: dict[str, object] = Field(default_factory=dict)
    skills: dict[str, object] = Field(default_factory=dict)


class _Profiles(Table):
    profiles: dict[str, _Profile] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Files:
    """The shipped models.toml and the user's."""

    shipped: Tree
    user: Tree
    user_name: str
    notices: tuple[str, ...]
    wrong: tuple[str, ...]

    def merged(self, profile: str) -> tuple[Tree, dict[Key, str]]:
        """Both files merged with a profile, and the origin of each value."""
        merged: Tree = {}
        origins: dict[Key, str] = {}
        for origin, tree in (
            (SHIPPED, _stages(self.shipped)),
            (f"profile {profile}, {SHIPPED}", _profile_stages(self.shipped, profile)),
            (self.user_name, _stages(self.user)),
            (f"profile {profile}, {self.user_name}", _profile_stages(self.user, profile)),
        ):
            _merge(merged, tree, origins, origin)
        follow_language(merged, origins, lambda key: _is_own(origins.get(key, SHIPPED)))
        return merged, origins


def shipped_path() -> Path:
    """models.toml next to the package in a checkout, inside it in an installed wheel."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "models.toml"
    return inside if inside.exists() else package.parent / "models.toml"


def user_path() -> Path:
    """Default path of the user's models.toml."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "marvin" / "models.toml"


def load_config(path: Path | None = None, *, profile: str | None = None) -> Loaded:
    """Load and validate the configuration.

    `path`, or MARVIN_CONFIG in the environment, must exist if given; the default file need not.
    `profile` overrides the profile named in the file.

    Raises:
        ConfigError: Lists every problem, each with its file and key.
    """
    files = _files(path)
    wrong = [*files.wrong]
    profiles = _profiles(files, wrong)
    wanted = str(profile or files.user.get("profile") or files.shipped.get("profile") or AUTO)
    if wanted != AUTO and wanted not in profiles:
        by = "--profile" if profile else f"{files.user_name}: profile"
        wrong.append(f"{by}: no profile {wanted!r}{closest(wanted, [AUTO, *profiles])}")
    choice = (
        best_ready(_candidates(files, profiles), this_machine())
        if wanted == AUTO
        else ChosenProfile(wanted, "as configured")
    )
    chosen = choice.name

    merged, origins = files.merged(chosen)
    merged["profile"] = wanted
    if profile:
        origins["profile",] = "--profile"
    try:
        config = Config.model_validate(merged)
    except ValidationError as error:
        wrong += problems(error, Config, origins, SHIPPED)
    if wrong:
        # A problem names the new key, but the user's file may have the old one.
        raise ConfigError("\n".join([*wrong, *files.notices]))
    if problem := language_problem(config):
        raise ConfigError(f"{files.user_name}: {problem}")
    notices = (*files.notices, *language_notices(config))
    return Loaded(config, origins, chosen, summary(choice, config), notices)


def load_profiles(
    path: Path | None = None,
) -> tuple[dict[str, ProfileCandidate], dict[str, Config]]:
    """Load all profiles, and the configuration of each valid one.

    Raises:
        ConfigError: Lists every problem in the profiles themselves.
    """
    files = _files(path)
    wrong = [*files.wrong]
    profiles = _profiles(files, wrong)
    if wrong:
        raise ConfigError("\n".join(wrong))
    configs = {}
    for name in profiles:
        with contextlib.suppress(ValidationError):
            configs[name] = Config.model_validate(files.merged(name)[0])
    return _candidates(files, profiles), configs


def _candidates(files: _Files, profiles: Mapping[str, _Profile]) -> dict[str, ProfileCandidate]:
    """All profiles with their missing models. Checks the disk only, not the network."""
    candidates = {}
    for name, profile in profiles.items():
        merged, origins = files.merged(name)
        try:
            config = Config.model_validate(merged)
        except ValidationError as error:
            first = problems(error, Config, origins, SHIPPED)[0].partition(" (")[0]
            candidates[name] = ProfileCandidate(profile, wrong=first)
            continue
        if problem := language_problem(config):
            candidates[name] = ProfileCandidate(profile, wrong=problem)
            continue
        missing = tuple(need.name for need in needs(config) if not is_present(need))
        candidates[name] = ProfileCandidate(profile, missing, packages=_packages(config))
    return candidates


def _packages(config: Config) -> tuple[str, ...]:
    """The optional packages that are needed and not installed."""
    wanted = dict.fromkeys(table.package for _, table in config.engines() if table.package)
    return tuple(package for package in wanted if find_spec(package) is None)


def _files(path: Path | None) -> _Files:
    shipped = _read(shipped_path())
    user_file = _user_file(path)
    user = _read(user_file) if user_file is not None else {}
    notices, wrong = replace_old_keys(user, str(user_file))
    return _Files(shipped, user, str(user_file), tuple(notices), tuple(wrong))


def _user_file(path: Path | None) -> Path | None:
    named = path or (Path(os.environ["MARVIN_CONFIG"]) if "MARVIN_CONFIG" in os.environ else None)
    try:
        if named is None:
            return user_path() if user_path().exists() else None
        there = named.exists()
    except OSError as error:
        path = named or user_path()
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if not there:
        by = "--config" if path is not None else "MARVIN_CONFIG"
        raise ConfigError(f"{named}: no such file (named by {by})")
    return named


def _read(path: Path) -> Tree:
    try:
        return parse_toml(read_file(path).decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not a text file in UTF-8") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error


def _profiles(files: _Files, wrong: list[str]) -> dict[str, _Profile]:
    merged: Tree = {}
    origins: dict[Key, str] = {}
    for origin, tree in ((SHIPPED, files.shipped), (files.user_name, files.user)):
        _merge(merged, {"profiles": tree.get("profiles", {})}, origins, origin)
    try:
        return _Profiles.model_validate(merged).profiles
    except ValidationError as error:
        wrong += problems(error, _Profiles, origins, SHIPPED)
        return {}


def _stages(tree: Tree) -> Tree:
    return {key: value for key, value in tree.items() if key != "profiles"}


def _profile_stages(tree: Tree, name: str) -> Tree:
    profiles = tree.get("profiles")
    profile = profiles.get(name) if isinstance(profiles, dict) else None
    if not isinstance(profile, dict):
        return {}
    return {key: value for key, value in profile.items() if key in _STAGES}


def _merge(into: Tree, tree: Tree, origins: dict[Key, str], origin: str, at: Key = ()) -> None:
    """Merge tables key by key; other values are replaced."""
    for key, value in tree.items():
        here = into.get(key)
        if isinstance(value, dict):
            origins.setdefault((*at, key), origin)
            branch: Tree = here if isinstance(here, dict) else {}
            if isinstance(here, dict) and _changes_engine(here, value):
                # Keys set for the previous engine do not apply to another one.
                branch = {}
                for stale in [one for one in origins if one[:-1] == (*at, key)]:
                    del origins[stale]
            into[key] = branch
            _merge(branch, value, origins, origin, (*at, key))
        else:
            into[key] = value
            origins[(*at, key)] = origin


def _is_own(origin: str) -> bool:
    return not origin.endswith(SHIPPED)


def _changes_engine(here: Tree, value: Tree) -> bool:
    return "engine" in value and value["engine"] != here.get("engine")
