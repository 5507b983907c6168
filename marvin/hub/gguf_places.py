"""Finds GGUF files on this machine: a user's own, Marvin's, and those of LM Studio and Ollama."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marvin.boundary.files import read_file, read_json
from marvin.hub.gguf_names import SUFFIX, choose_gguf, is_gguf_file, repository_id
from marvin.hub.pins import read_pins
from marvin.hub.present import folder_of, lacking, repository

_LIBRARY = ("registry.ollama.ai", "library")
"""Where Ollama keeps models without an owner."""
_OF_THE_SERVICE = Path("/usr/share/ollama/.ollama/models")
"""Where Ollama's system service keeps its models; only its user may read them on some machines."""
_MODEL = "application/vnd.ollama.image.model"


def find_gguf(name: str, revision: str | None = None) -> Path | None:
    """The file, or its first shard. `name` is a path, a Hub id, or a name in Ollama.

    Without a revision it is the commit that `marvin models pull` fetched, or what another program
    has; only the Hub has revisions.
    """
    if is_gguf_file(name):
        path = Path(name).expanduser()
        return path if _is_file(path) else None
    found = _of_the_hub(name, revision)
    if found is not None or revision is not None:
        return found
    return _of_lm_studio(name) or _of_ollama(name)


def names_in_ollama() -> Iterator[str]:
    """The models without an owner that Ollama has."""
    for folder in _ollama_folders():
        for path in _matching(folder.joinpath("manifests", *_LIBRARY), "*/*"):
            yield f"{path.parent.name}:{path.name}"


def _of_the_hub(name: str, revision: str | None) -> Path | None:
    pin = read_pins().get(name)
    if pin is None or revision not in (None, pin.revision, pin.commit):
        return _cached(name, revision)
    if lacking(name, pin):
        return None
    files = sorted(file for file in pin.files if file.endswith(SUFFIX))
    return folder_of(name, pin) / files[0] if files else None


def _cached(name: str, revision: str | None) -> Path | None:
    """What another program fetched from the Hub."""
    home = repository(name, "model")
    try:
        commit = read_file(home / "refs" / (revision or "main")).decode()
    except (OSError, ValueError):
        commit = revision or ""
    return _chosen(name, home / "snapshots" / commit) if commit else None


def _of_lm_studio(name: str) -> Path | None:
    for folder in _at_home(".lmstudio/models", ".cache/lm-studio/models"):
        if found := _chosen(name, folder / repository_id(name)):
            return found
    return None


def _chosen(name: str, folder: Path) -> Path | None:
    files = choose_gguf(
        name, (path.name for path in _matching(folder, f"*{SUFFIX}") if _is_file(path))
    )
    return folder / files[0] if files else None


def _of_ollama(name: str) -> Path | None:
    for folder in _ollama_folders():
        for manifest in _manifests(folder / "manifests", name):
            digest = _model_digest(manifest)
            blob = folder / "blobs" / digest.replace(":", "-")
            if digest and _is_file(blob):
                return blob
    return None


def _ollama_folders() -> Iterator[Path]:
    if named := os.environ.get("OLLAMA_MODELS"):
        yield Path(named)
    yield from _at_home(".ollama/models")
    yield _OF_THE_SERVICE


def _is_file(path: Path) -> bool:
    """Also false if its folder may not be read."""
    with contextlib.suppress(OSError):
        return path.is_file()
    return False


def _matching(folder: Path, pattern: str) -> list[Path]:
    """Empty if the folder may not be read."""
    with contextlib.suppress(OSError):
        return sorted(folder.glob(pattern))
    return []


def _at_home(*folders: str) -> Iterator[Path]:
    """Nothing for a user without a home folder."""
    with contextlib.suppress(RuntimeError):
        yield from [Path.home() / folder for folder in folders]


def _manifests(folder: Path, name: str) -> Iterator[Path]:
    path, _, tag = name.partition(":")
    parts = path.split("/")
    if ".." in parts or "/" in tag:
        return
    owners = (_LIBRARY,) if len(parts) == 1 else (("registry.ollama.ai",), ("hf.co",))
    for owner in owners:
        yield folder.joinpath(*owner, *parts, tag or "latest")


def _model_digest(manifest: Path) -> str:
    """Empty if there is no such model."""
    try:
        value: Any = read_json(manifest)
        layers = value["layers"]
        return next(str(one["digest"]) for one in layers if one["mediaType"] == _MODEL)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return ""
