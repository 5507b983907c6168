"""Composes and installs Marvin's systemd unit; keeps manual edits."""

import difflib
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from marvin.boundary.files import read_file, replace_file
from marvin.service.systemd.systemctl import SystemdError
from marvin.service.systemd.unit import NAME, SystemdUnit, is_untouched

_KEPT = (
    "MARVIN_CONFIG", "HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT",
    "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME",
)  # fmt: skip
"""Variables with paths. No others are copied: API keys would be readable in the unit."""
_SYSTEM = {
    "XDG_RUNTIME_DIR": "/run/marvin",
    "XDG_CONFIG_HOME": "/etc",
    "XDG_STATE_HOME": "/var/lib",
    "XDG_CACHE_HOME": "/var/cache",
    "HF_HOME": "/var/cache/marvin/huggingface",
}
DEVICE_GROUPS = ("audio", "render", "video")
"""Groups that may open sound cards and GPUs, where they exist."""


def marvin_command(prefix: Path = Path(sys.prefix), python: str = sys.executable) -> list[str]:
    """The absolute command of this installation, independent of the shell's PATH."""
    program = prefix / "bin" / "marvin"
    return [str(program)] if program.exists() else [python, "-m", "marvin"]


def in_a_home(command: Sequence[str]) -> bool:
    """Whether a program is in a home directory, unreadable to other users."""
    program = Path(os.path.abspath(command[0]))
    return any(program.is_relative_to(home) for home in ("/home", "/root", "/run/user"))


def user_unit(
    command: Sequence[str],
    arguments: Sequence[str],
    environ: Mapping[str, str],
    writable: Iterable[Path],
    *,
    namespaces: bool,
    back_off: bool,
) -> SystemdUnit:
    """A user unit. `writable`: further folders that the configuration writes to."""
    kept = {name: environ[name] for name in _KEPT if environ.get(name)}
    cache = kept.get("XDG_CACHE_HOME", "%h/.cache")
    state = kept.get("XDG_STATE_HOME", "%h/.local/state")
    models = [kept[name] for name in ("HF_HOME", "HF_HUB_CACHE") if name in kept]
    own = (*(models or [f"{cache}/huggingface"]), f"{cache}/marvin", f"{state}/marvin")
    return SystemdUnit(
        command=[_plain(word) for word in command],
        arguments=[_plain(word) for word in arguments],
        environment={name: _plain(value) for name, value in kept.items()},
        writable=[
            *(folder if folder.startswith("%h/") else _plain(folder) for folder in own),
            *(_plain(str(folder)) for folder in writable),
        ],
        namespaces=namespaces,
        back_off=back_off,
    )


def system_unit(
    command: Sequence[str], arguments: Sequence[str], groups: Iterable[str], *, back_off: bool
) -> SystemdUnit:
    """A system unit with its own user. `groups`: those that exist here."""
    return SystemdUnit(
        command=[_plain(word) for word in command],
        arguments=[_plain(word) for word in arguments],
        environment=_SYSTEM,
        back_off=back_off,
        groups=[group for group in DEVICE_GROUPS if group in set(groups)],
    )


def unit_path(environ: Mapping[str, str], *, system: bool) -> Path:
    """Path of the unit file."""
    if system:
        return Path("/etc/systemd/system") / NAME
    home = Path(environ.get("XDG_CONFIG_HOME", ""))
    return (home if home.is_absolute() else Path.home() / ".config") / "systemd" / "user" / NAME


def write_unit(path: Path, text: str, *, force: bool) -> bool:
    """Write a unit; returns False if it is unchanged.

    Raises:
        SystemdError: The unit was edited by hand, or cannot be written.
    """
    there = _read(path)
    if there == text:
        return False
    if there is not None and not force and not is_untouched(there):
        raise SystemdError(
            f"{path} was edited by hand and was not replaced:\n"
            f"{_difference(there, text)}"
            "`--force` replaces it. Put your changes into a drop-in, which is never"
            " replaced: `systemctl edit marvin` (`systemctl --user edit marvin`)"
        )

    def write() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode(), 0o644)

    _reporting(path, "written", write)
    return True


def remove_unit(path: Path, *, force: bool) -> bool:
    """Delete a unit; returns False if there was none.

    Raises:
        SystemdError: The unit was edited by hand, or cannot be deleted.
    """
    there = _read(path)
    if there is None:
        return False
    if not force and not is_untouched(there):
        raise SystemdError(f"{path} was edited by hand and was not deleted; `--force` deletes it")
    _reporting(path, "deleted", path.unlink)
    return True


def look_at(path: Path) -> str:
    """State of the unit file, in a few words."""
    there = _read(path)
    if there is None:
        return "not installed"
    return "as it was installed" if is_untouched(there) else "edited by hand"


def _read(path: Path) -> str | None:
    found: list[str] = []

    def read() -> None:
        if path.exists():
            found.append(read_file(path).decode(errors="replace"))

    _reporting(path, "read", read)
    return found[0] if found else None


def _reporting(path: Path, done: str, work: Callable[[], None]) -> None:
    try:
        work()
    except OSError as error:
        raise SystemdError(f"{path} cannot be {done}: {error.strerror}") from error


def _difference(there: str, text: str) -> str:
    lines = difflib.unified_diff(
        there.splitlines(), text.splitlines(), "there", "new", lineterm="", n=0
    )
    return "".join(f"    {line}\n" for line in lines)


def _plain(word: str) -> str:
    """Escapes `%`, which begins a systemd specifier."""
    return word.replace("%", "%%")
