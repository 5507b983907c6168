"""A model in a folder on this machine, as `--from FOLDER` takes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from marvin.boundary.files import check_regular
from marvin.errors import DownloadError
from marvin.hub.catalogue import kind_of
from marvin.hub.checking import unreadable
from marvin.hub.choosing import FileChoice, choose
from marvin.hub.converting import to_safetensors
from marvin.hub.fetching import BarFor
from marvin.hub.gguf_names import repository_id
from marvin.hub.pins import Kind, Pin, data_home, own_folder
from marvin.hub.present import repository
from marvin.hub.storing import building, pin, store

_LISTED = ("*", "*/*", "*/*/*")


@dataclass(frozen=True, slots=True)
class FolderOffer:
    name: str
    folder: Path
    choice: FileChoice

    licence: ClassVar[str] = ""

    @property
    def kind(self) -> Kind:
        return kind_of(self.name)

    @property
    def source(self) -> str:
        """As shown to the user."""
        return str(self.folder)

    @property
    def place(self) -> Path:
        return own_folder(self.name).parent

    def coming(self) -> int:
        return sum(
            (self.folder / file).stat().st_size
            for file in (*self.choice.plain, *self.choice.pickles)
        )

    def room(self) -> Iterator[tuple[Path, int]]:
        yield data_home(), self.coming()

    def take(self, bar_for: BarFor) -> Pin:
        """Copy the files, as the folder may be on a medium that goes away.

        Raises:
            DownloadError: A file cannot be read, or is not what its name says.
        """
        with building(self.name) as new:
            self._copy(new, bar_for)
            files = store(new, self.name)
        return pin(self.name, self.kind, "folder", files)

    def _copy(self, new: Path, bar_for: BarFor) -> None:
        for file in self.choice.plain:
            source, target = self.folder / file, new / file
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                check_regular(source)
                shutil.copyfile(source, target)
            except OSError as error:
                raise DownloadError(f"{source}: cannot be copied: {error.strerror}") from error
            size = target.stat().st_size
            bar_for(file)(size, size)
            if file.endswith(".safetensors") and (why := unreadable(target)):
                raise DownloadError(f"{source} cannot be read: {why}")
        if self.choice.pickles:
            to_safetensors([self.folder / file for file in self.choice.pickles], new, self.name)


def find_in(folder: Path, name: str, *, alone: bool) -> FolderOffer | None:
    """The model in a folder: as a checkpoint in a folder of its name, or as a Hugging Face cache.

    `alone`: no other model is wanted, so the folder may be the checkpoint itself.
    """
    kind = kind_of(name)
    cached = repository(name, kind).name
    candidates = [
        folder / own_folder(name).name,
        folder / repository_id(name),
        folder / repository_id(name).rpartition("/")[2],
        *sorted(folder.glob(f"{cached}/snapshots/*")),
        *sorted(folder.glob(f"hub/{cached}/snapshots/*")),
    ]
    if alone and kind == "model":
        candidates.append(folder)
    for candidate in candidates:
        paths = [path for pattern in _LISTED for path in candidate.glob(pattern)]
        files = [str(path.relative_to(candidate)) for path in paths if path.is_file()]
        choice = choose(kind, files, name)
        if choice is not None:
            return FolderOffer(name, candidate, choice)
    return None
