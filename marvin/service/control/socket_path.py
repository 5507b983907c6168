"""Where the control socket is. The daemon and its clients look with the same eyes."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

NAME = "marvin.sock"


def socket_path() -> Path:
    """In the user's runtime folder, or else in Marvin's own state folder.

    Only in a folder that nobody else can write to: whoever can, could put a socket of their own
    there and be told what is said.
    """
    private = (folder for folder in _runtime_dirs() if _private(folder))
    return next(private, state_dir()) / NAME


def state_dir() -> Path:
    """Marvin's own folder, where there is no runtime folder."""
    home = Path(os.environ.get("XDG_STATE_HOME", ""))
    base = home if home.is_absolute() else Path.home() / ".local" / "state"
    return base / "marvin"


def _runtime_dirs() -> Iterator[Path]:
    given = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if given.is_absolute():
        yield given
    # Where a login has one and the variable did not come along: cron, ssh with a command, su.
    yield Path("/run/user") / str(os.getuid())


def _private(folder: Path) -> bool:
    try:
        found = folder.stat()
    except OSError:
        return False
    only_ours = found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and only_ours
