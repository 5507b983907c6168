"""Reads untrusted files, JSON and TOML within bounds: regular files, small, not deeply nested.
Replaces files atomically."""

import errno
import json
import os
import stat
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

MOST_BYTES = 1 << 20
"""Size limit for hand-written files and model descriptions."""

_DEEPEST = 100
"""Maximum nesting depth; the deepest in use is below ten."""
_TOO_DEEP = "it is nested too deeply"


class UnfitFileError(OSError):
    """The path is not a regular file, or the file is too large."""


def read_file(
    path: Path,
    most_bytes: int = MOST_BYTES,
    check: Callable[[os.stat_result], None] = lambda found: None,
) -> bytes:
    """Read a regular file only: a pipe without a writer, or /dev/zero, would never end.

    `check` may refuse the opened file, by raising an error of its own.

    Raises:
        UnfitFileError: Not a regular file, or larger than `most_bytes`; `strerror` says which.
        OSError: It does not exist or cannot be read.
    """
    check_regular(path)
    # O_NONBLOCK: do not block if it was replaced by a pipe after the check.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        _check_mode(path, found.st_mode)
        check(found)
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise UnfitFileError(errno.EFBIG, f"larger than {_size(most_bytes)}", str(path))
    return data


def check_regular(path: Path) -> None:
    """Raises OSError as `read_file` does, if the file is missing or not a regular one."""
    _check_mode(path, path.stat().st_mode)


def replace_file(path: Path, data: bytes | memoryview, mode: int = 0o600) -> None:
    """Write a file atomically: even after a power cut, the old or the new one is found.

    Raises:
        OSError: It cannot be written; the old one is unchanged.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def read_json(path: Path, most_bytes: int = MOST_BYTES) -> object:
    """Parse a JSON file.

    Raises:
        OSError: As `read_file`.
        ValueError: It is not valid JSON, or nested too deeply.
    """
    return parse_json(read_file(path, most_bytes))


def parse_json(data: str | bytes) -> object:
    """Raises ValueError for any defect, deep nesting included."""
    found: object = _parsed(json.loads, data)
    return found


def parse_toml(text: str) -> dict[str, object]:
    """Raises ValueError as `parse_json` does."""
    found: dict[str, object] = _parsed(tomllib.loads, text)
    return found


def _parsed(parse: Callable[[Any], Any], text: str | bytes) -> Any:
    try:
        found = parse(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except ValueError as error:
        if "int_max_str_digits" in str(error):
            raise ValueError("a number in it has thousands of digits") from None
        raise
    check_depth(found)
    return found


def check_depth(found: object) -> None:
    """Raises ValueError if tables or lists are nested too deeply."""
    level = [found]
    for _ in range(_DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _check_mode(path: Path, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise UnfitFileError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    kind = "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
    raise UnfitFileError(errno.EINVAL, f"is {kind}, not a file", str(path))


def _size(count: int) -> str:
    return f"{count >> 20} MB" if count >= 1 << 20 else f"{count >> 10} KB"
