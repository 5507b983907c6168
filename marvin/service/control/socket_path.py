"""Path of the control socket, for the daemon and its clients."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

NAME = "marvin.sock"


def socket_path() -> Path:
    """In the user's runtime folder, otherwise in Marvin's state folder.

    Only a folder that nobody else can write to is used: another user could place a socket there and
    receive what is said.
    """
    private = (folder for folder in _runtime_dirs() if _private(folder))
    return next(private, state_dir()) / NAME


def state_dir() -> Path:
    """Marvin's state folder."""
    home = Path(os.environ.get("XDG_STATE_HOME", ""))
    base = home if home.is_absolute() else Path.home() / ".local" / "state"
    return base / "marvin"


def _runtime_dirs() -> Iterator[Path]:
    given = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if given.is_absolute():
        yield given
    # For logins without the variable: cron, ssh with a command, su.
    yield Path("/run/user") / str(os.getuid())


def _private(folder: Path) -> bool:
    try:
        found = folder.stat()
    except OSError:
        return False
    only_ours = found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and only_ours
