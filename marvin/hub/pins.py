"""Records what Marvin has fetched: each model's commit, files and location."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from marvin.boundary.files import check_regular, read_file, replace_file
from marvin.errors import DownloadError, ModelLoadError

Kind = Literal["model", "dataset"]
"""Repository type on the Hub."""
Origin = Literal["hub", "packages", "folder"]
"""Where a model came from."""


class Kept(BaseModel):
    """A file at the time it was fetched."""

    model_config = ConfigDict(frozen=True)

    size: int
    """In bytes."""
    digest: str
    """`sha256:...` for a large file, `git:...` (the SHA-1 of a git blob) for a small one."""


class Pin(BaseModel):
    """A model at the fetched commit."""

    model_config = ConfigDict(frozen=True)

    kind: Kind = "model"
    revision: str = "main"
    """Requested branch, tag or commit."""
    commit: str
    """On the Hub; otherwise a digest of what the model was made from."""
    files: dict[str, Kept]
    origin: Origin = "hub"
    converted: bool = False
    """It is stored in Marvin's own folder: it was pickled on the Hub, came in packages, or was
    copied."""
    ours: bool = True
    """Marvin fetched it; otherwise another program did."""
    older: tuple[str, ...] = ()
    """Earlier commits fetched by Marvin that may still be in the cache."""

    @property
    def bytes(self) -> int:
        return sum(kept.size for kept in self.files.values())

    @property
    def version(self) -> str:
        """As shown to the user."""
        return f"commit {self.commit[:8]}" if self.origin == "hub" else f"from {_FROM[self.origin]}"


_FROM = {"packages": "packages", "folder": "a folder"}
_Pins = TypeAdapter(dict[str, Pin])


def data_home() -> Path:
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "marvin"


def own_folder(name: str) -> Path:
    """The folder of a converted model."""
    return data_home() / "models" / name.replace("/", "--").replace(":", "--")


def workshop() -> Path:
    """Where models are converted; also keeps interrupted downloads to resume."""
    return data_home() / "fetching"


def pins_path() -> Path:
    return data_home() / "models.lock.json"


def read_pins() -> dict[str, Pin]:
    """Pins by Hub id.

    Raises:
        ModelLoadError: The file is damaged.
    """
    try:
        return _Pins.validate_json(read_file(pins_path()))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ModelLoadError(f"{pins_path()}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise ModelLoadError(
            f"{pins_path()} is damaged: delete it, then fetch the models again "
            "(`marvin models pull`; files that are here are not fetched twice)"
        ) from error


def write_pins(pins: Mapping[str, Pin]) -> None:
    path = pins_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, _Pins.dump_json(dict(sorted(pins.items())), indent=2), 0o644)


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Lock the models of this machine against other processes.

    Raises:
        DownloadError: Another process holds the lock, or Marvin's folder cannot be written.
    """
    path = data_home() / "models.busy"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            check_regular(path)
        file = path.open("w")
    except OSError as error:
        raise DownloadError(f"{path.parent}: cannot be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DownloadError(
                "another `marvin models` is running on this machine: wait until it is done"
            ) from error
        yield
