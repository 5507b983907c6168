"""Unpacks the needed members of an archive. Nothing in it is imported or executed."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, TypeAlias

from marvin.errors import DownloadError
from marvin.hub.packages.package import Member, Package

_Open: TypeAlias = Callable[[], IO[bytes] | None]

_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError,
)  # fmt: skip


def unpack(archive: Path, package: Package, folder: Path) -> None:
    """Write the package's members into a folder; parts are appended to their file.

    Raises:
        DownloadError: A member is missing or cannot be read, or a name points out of the folder.
    """
    try:
        with _opened(archive) as files:
            if bad := next(filter(_points_out, files), None):
                raise DownloadError(f"{package}: refused, as it contains the path {bad!r}")
            for member in package.members:
                _unpack(member, files, package, folder)
    except _BROKEN as error:
        raise DownloadError(f"{package}: {archive.name} cannot be unpacked: {error}") from error


def _unpack(member: Member, files: Mapping[str, _Open], package: Package, folder: Path) -> None:
    names = sorted(name for name in files if fnmatchcase(name, member.pattern))
    if not names:
        raise DownloadError(f"{package}: contains no {member.pattern}")
    for name in names:
        target = folder / member.target
        if member.target.endswith("/"):
            target /= PurePosixPath(name).name
        target.parent.mkdir(parents=True, exist_ok=True)
        source = files[name]()
        assert source is not None  # only regular files are listed
        with source, target.open("ab") as file:
            shutil.copyfileobj(source, file, 1 << 20)


@contextmanager
def _opened(archive: Path) -> Iterator[dict[str, _Open]]:
    """Opens each regular file in the archive; links and devices are left out."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as zipped:
            entries = [entry for entry in zipped.infolist() if not entry.is_dir()]
            yield {entry.filename: partial(zipped.open, entry) for entry in entries}
    else:
        with tarfile.open(archive, "r:gz") as tarred:
            yield {one.name: partial(tarred.extractfile, one) for one in tarred if one.isfile()}


def _points_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[0]
