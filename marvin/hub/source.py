"""Locates a checkpoint's folder: a user's own, or one fetched from the Hub.

Never uses the network, so a missing model is reported within milliseconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from marvin.boundary.files import check_regular
from marvin.errors import ModelLoadError, ModelMissingError
from marvin.hub.gguf_names import is_gguf_file
from marvin.hub.gguf_places import find_gguf, names_in_ollama
from marvin.hub.present import find

IN_EVERY_PROFILE = ("wake.model", "speaker_id.model")
"""Another profile does not help where these are missing."""
_HUB_ID = re.compile(r"\w[\w.-]*(/\w[\w.-]*(:[\w.-]+)?)?", re.ASCII)
"""With a quantisation, if it is a GGUF model's."""


@dataclass(frozen=True, slots=True)
class Source:
    """A model as configured in models.toml."""

    key: str
    """Config key: `stt.model`."""
    name: str
    """Hub id or folder."""
    revision: str | None = None
    """Commit, tag or branch on the Hub; None: the one that was fetched."""
    licence: str = ""
    """Empty if only its page on the Hub tells."""
    gguf: bool = False
    """It is one GGUF file."""

    def __str__(self) -> str:
        return f"{self.key} = {self.name!r}"


def is_folder(name: str) -> bool:
    """Whether it names a folder or a GGUF file, existing or not, rather than a Hub id."""
    return is_gguf_file(name) or name.count("/") > 1 or Path(name).is_dir()


def can_be_fetched(name: str) -> bool:
    """Whether `marvin models pull` accepts it."""
    return "/" in name and not is_folder(name) and bool(_HUB_ID.fullmatch(name))


def locate(source: Source) -> Path:
    """The folder with the checkpoint's files, or the GGUF file.

    Raises:
        ModelMissingError: It has not been fetched; the message says how.
        ModelLoadError: It names a missing folder, or is not a valid Hub id.
    """
    if source.gguf:
        return _gguf(source)
    if is_folder(source.name):
        folder = Path(source.name).expanduser()
        if not folder.is_dir():
            raise ModelLoadError(f"{source}: there is no such folder")
        _check(source, folder)
        return folder
    return _fetched(source)


def _check(source: Source, folder: Path) -> None:
    """Libraries open the files of a folder by name, and would block on a pipe."""
    try:
        for path in folder.iterdir():
            if not path.is_dir():
                check_regular(path)
    except FileNotFoundError:
        pass  # A broken link: the library reports the missing file.
    except OSError as error:
        where = error.filename or folder
        raise ModelLoadError(f"{source}: {where} cannot be used: {error.strerror}") from error


def is_present(source: Source) -> bool:
    """Whether `locate` would find it."""
    if source.gguf:
        return find_gguf(source.name, source.revision) is not None
    if is_folder(source.name):
        return Path(source.name).expanduser().is_dir()
    return find(source.name, source.revision) is not None


def _gguf(source: Source) -> Path:
    file = find_gguf(source.name, source.revision)
    if file is None:
        if is_folder(source.name):
            raise ModelLoadError(f"{source}: there is no such file")
        if not can_be_fetched(source.name):
            there = ", ".join(dict.fromkeys(names_in_ollama())) or "nothing"
            raise ModelLoadError(
                f"{source}: neither a GGUF file nor a Hub id (owner/name:Q4_K_M), and Ollama, "
                f"which has {there}, does not know it"
            )
        raise _missing(source)
    try:
        check_regular(file)
    except OSError as error:
        raise ModelLoadError(f"{source}: {file} cannot be used: {error.strerror}") from error
    return file


def _fetched(source: Source) -> Path:
    known = _HUB_ID.fullmatch(source.name) is not None
    folder = find(source.name, source.revision) if known else None
    if folder is not None:
        return folder
    if not can_be_fetched(source.name):
        raise ModelLoadError(f"{source}: neither a folder nor a Hub id (owner/name)")
    raise _missing(source)


def _missing(source: Source) -> ModelMissingError:
    at = f" at revision {source.revision!r}" if source.revision else ""
    without = "; `marvin run --profile embedded` needs no model" * (
        source.key not in IN_EVERY_PROFILE
    )
    return ModelMissingError(
        f"{source} is not on this machine{at}, or incomplete. `marvin models pull "
        f"{source.name}` fetches it{without}"
    )
