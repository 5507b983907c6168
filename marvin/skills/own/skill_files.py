"""Finds the files of skills, and refuses those that somebody else could have written."""

import grp
import os
import pwd
import shlex
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from marvin.boundary.files import read_file
from marvin.config.loading import user_path

_SUFFIXES = (".py", ".toml")


@dataclass(frozen=True, slots=True)
class SkillSource:
    """A file of skills as it is on disk."""

    path: Path
    text: str = ""
    problem: str = ""
    """Why it cannot be used."""


class _UnsafeError(Exception):
    """Somebody else can change the file."""


def skills_folder() -> Path:
    """`skills` beside the user's models.toml; it need not exist."""
    return user_path().with_name("skills")


def read_sources(folder: Path, root: int | None = None) -> list[SkillSource]:
    """All files in the order of their names. Names that begin with `.` or `_` are left alone.

    `root` is who owns the folders of the system: in the sandbox of a user's service, root has
    another number.
    """
    root = os.stat("/").st_uid if root is None else root
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    except OSError as error:
        return [SkillSource(folder, problem=f"cannot be read: {error.strerror}")]
    try:
        _check_chain(folder, root)
    except _UnsafeError as error:
        return [SkillSource(folder, problem=str(error))] if names else []
    return [
        _read(folder / name, root)
        for name in names
        if not name.startswith((".", "_"))
        and (name.endswith(_SUFFIXES) or (folder / name).is_dir())
    ]


def _read(path: Path, root: int) -> SkillSource:
    if path.is_dir():
        return SkillSource(path, problem="is a folder; each skill is one file")
    try:
        real = path.resolve()
        _check_chain(real.parent, root)
        data = read_file(path, check=lambda found: _check(found, real))
        return SkillSource(path, data.decode("utf-8-sig"))
    except _UnsafeError as error:
        return SkillSource(path, problem=str(error))
    except UnicodeDecodeError:
        return SkillSource(path, problem="not a text file in UTF-8")
    except (OSError, RuntimeError) as error:  # RuntimeError: a circle of links
        why = getattr(error, "strerror", None) or "it is a link to itself"
        return SkillSource(path, problem=f"cannot be read: {why}")


def _check_chain(folder: Path, root: int) -> None:
    """Who can write to a folder can replace what is in it."""
    folder = folder.resolve()
    _check(folder.stat(), folder)
    for one in folder.parents:
        _check(one.stat(), one, root)


def _check(found: os.stat_result, path: Path, root: int = 0) -> None:
    quoted = shlex.quote(str(path))
    if found.st_uid not in (0, root, os.geteuid()):
        raise _UnsafeError(
            f"{path} belongs to another user, who could change what Marvin runs: "
            f"`sudo chown $USER {quoted}`"
        )
    others = [*_writers(found)]
    if others:
        raise _UnsafeError(
            f"{path} can be changed by {' and '.join(others)}: `chmod go-w {quoted}`"
        )


def _writers(found: os.stat_result) -> Iterator[str]:
    if stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX:
        return  # As in /tmp, each user can replace only their own files.
    if found.st_mode & stat.S_IWGRP and not _private(found.st_gid):
        yield "its group"
    if found.st_mode & stat.S_IWOTH:
        yield "everybody"


def _private(group: int) -> bool:
    """Whether it is root's, or the user's own group: the umask of some systems lets it write."""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
        found = grp.getgrgid(group)
    except KeyError:
        return False
    return found.gr_name in (user, "root") and set(found.gr_mem) <= {user, "root"}
