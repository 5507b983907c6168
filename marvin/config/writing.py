"""Writes one value into the user's models.toml and preserves the rest of the file."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Comment, Table, Whitespace

from marvin.boundary.files import read_file
from marvin.config.loading import Key, load_config, shipped_path, user_path
from marvin.errors import ConfigError


def target(path: Path | None = None) -> Path:
    """Return the user's file: `path`, else MARVIN_CONFIG from the environment, else the default.

    Raises:
        ConfigError: It is the file shipped with Marvin, which an update would replace.
    """
    named = path or (Path(os.environ["MARVIN_CONFIG"]) if "MARVIN_CONFIG" in os.environ else None)
    file = user_path() if named is None else named
    if file.exists() and file.samefile(shipped_path()):
        raise ConfigError(
            f"{file}: is shipped with Marvin and not written to; put values of your own into "
            f"{user_path()}, or name another file with --config"
        )
    return file


def write_value(file: Path, key: Key, value: float, profile: str) -> None:
    """Set `key` to `value` such that it takes effect with `profile`.

    Writes to the profile's table if that sets the key in this file, otherwise to the stage's.
    The file is replaced atomically, or created.

    Raises:
        ConfigError: It cannot be read or written, or is invalid. It is then left unchanged.
    """
    # Replace the target of a symbolic link, not the link.
    file = Path(os.path.realpath(file))
    old = _text(file)
    for place in (key, ("profiles", profile, *key)):
        try:
            document = tomlkit.parse(old)
        except TOMLKitError as error:
            raise ConfigError(f"{file}: not TOML: {error}") from error
        _set(cast("MutableMapping[str, Any]", document), place, value)
        with _replacing(file, tomlkit.dumps(document)) as written:
            if _in_force(written, file, key, profile) == value:
                os.replace(written, file)
                return
    raise ConfigError(f"{file}: {'.'.join(key)} = {value:g} would not take effect in it")


def _text(file: Path) -> str:
    try:
        # Not read_text: line endings are preserved.
        return read_file(file).decode()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not a text file in UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error


def _set(tree: MutableMapping[str, Any], key: Key, value: float) -> None:
    for name in key[:-1]:
        if name not in tree:
            tree[name] = tomlkit.table()
        tree = tree[name]
    if isinstance(tree, Table) and key[-1] not in tree:
        _append(tree, key[-1], value)
    else:
        tree[key[-1]] = value


def _append(table: Table, name: str, value: float) -> None:
    """Add a key after the last one; comments below that belong to the next table."""
    body = table.value.body
    rest = []
    while body and isinstance(body[-1][1], Comment | Whitespace):
        rest.append(body.pop())
    table.append(name, value)
    body.extend(reversed(rest))


@contextlib.contextmanager
def _replacing(file: Path, text: str) -> Iterator[Path]:
    """A temporary file next to `file`, with its permissions and the new text."""
    written: Path | None = None
    try:
        before = file.stat() if file.exists() else None
        if before is not None and not before.st_mode & 0o222:
            raise ConfigError(f"{file}: is read-only and was not changed; `chmod u+w` allows it")
        file.parent.mkdir(parents=True, exist_ok=True)
        fd, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        written = Path(name)
        with os.fdopen(fd, "wb") as stream:
            _permit(written, before)
            stream.write(text.encode())
            stream.flush()
            os.fsync(fd)
        yield written
    except OSError as error:
        raise ConfigError(
            f"{file}: cannot be written: {error.strerror}; it is as it was"
        ) from error
    finally:
        if written is not None:
            written.unlink(missing_ok=True)


def _permit(file: Path, before: os.stat_result | None) -> None:
    """Copy permissions and owner of the previous file."""
    file.chmod(_default_mode() if before is None else stat.S_IMODE(before.st_mode))
    if before is not None and hasattr(os, "chown"):
        # Only root can change the owner, and only root needs to.
        with contextlib.suppress(PermissionError):
            os.chown(file, before.st_uid, before.st_gid)


def _default_mode() -> int:
    """Mode of new files; the umask can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def _in_force(written: Path, file: Path, key: Key, profile: str) -> object:
    try:
        value: object = load_config(written, profile=profile).config
    except ConfigError as error:
        raise ConfigError(str(error).replace(str(written), str(file))) from error
    for name in key:
        value = getattr(value, name)
    return value
