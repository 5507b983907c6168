"""Deletes unused models, but only those that Marvin fetched."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from marvin.hub.gguf_names import repository_id
from marvin.hub.pins import Pin, own_folder, read_pins, workshop, write_pins
from marvin.hub.present import folder_of, repository, snapshot


@dataclass(frozen=True, slots=True)
class Waste:
    """What can be deleted of one model."""

    name: str
    pin: Pin
    commits: tuple[str, ...]
    """Commits in the shared cache."""
    files: tuple[Path, ...]
    """Files of a commit that another model needs."""
    whole: bool
    """The whole model is unused, rather than only older commits."""
    bytes: int


def waste(pins: Mapping[str, Pin], needed: Collection[str]) -> list[Waste]:
    """Unused models and commits, except those that another program fetched."""
    found = []
    # Two quantisations may come from one commit.
    in_use: dict[tuple[str, str], set[str]] = {}
    for name, pin in pins.items():
        if name in needed:
            in_use.setdefault((repository_id(name), pin.commit), set()).update(pin.files)
    for name, pin in pins.items():
        if not pin.ours:
            continue
        whole = name not in needed
        commits = [*pin.older, *([pin.commit] if whole else [])]
        there = tuple(
            one
            for one in commits
            if snapshot(name, pin.kind, one).is_dir() and (repository_id(name), one) not in in_use
        )
        shared = in_use.get((repository_id(name), pin.commit)) if whole else None
        folder = folder_of(name, pin)
        files = tuple(folder / file for file in pin.files if shared and file not in shared)
        own = [own_folder(name)] if whole and pin.converted else []
        folders = [snapshot(name, pin.kind, one) for one in there] + own
        paths = [*files, *(path for folder in folders for path in folder.rglob("*"))]
        if whole or there:
            size = _bytes(paths, _used(name, pin, whole))
            found.append(Waste(name, pin, there, files, whole, size))
    return found


def delete(wastes: Collection[Waste]) -> None:
    """Delete files, and the pins of wholly unused models."""
    _delete_commits(wastes)
    _delete_files(wastes)
    pins = read_pins()
    for one in wastes:
        # Partial downloads do not belong to a commit yet.
        for part in (repository(one.name, one.pin.kind) / "blobs").glob("*.part"):
            part.unlink()
        if one.whole:
            shutil.rmtree(own_folder(one.name), ignore_errors=True)
            pins.pop(one.name, None)
        else:
            pins[one.name] = one.pin.model_copy(update={"older": ()})
    write_pins(pins)
    shutil.rmtree(workshop(), ignore_errors=True)


def _delete_commits(wastes: Collection[Waste]) -> None:
    """By huggingface_hub, which keeps files shared with other commits."""
    from huggingface_hub import scan_cache_dir

    if not any(one.commits for one in wastes):
        return
    cache = scan_cache_dir()
    for one in wastes:
        # Copies of a repository have the same commit hashes: only delete this repository's.
        repositories = frozenset(
            repository
            for repository in cache.repos
            if (repository.repo_id, repository.repo_type) == (repository_id(one.name), one.pin.kind)
        )
        if one.commits and repositories:
            replace(cache, repos=repositories).delete_revisions(*one.commits).execute()


def _delete_files(wastes: Collection[Waste]) -> None:
    """With their blobs, unless another commit links to them."""
    for one in wastes:
        for file in one.files:
            blob = file.resolve()
            file.unlink(missing_ok=True)
            commits = repository(one.name, one.pin.kind) / "snapshots"
            if all(path.resolve() != blob for path in commits.rglob("*")):
                blob.unlink(missing_ok=True)


def _used(name: str, pin: Pin, whole: bool) -> set[Path]:
    """Files that a remaining commit shares with deleted ones."""
    if whole:
        return set()
    return {path.resolve() for path in folder_of(name, pin).rglob("*")}


def _bytes(paths: Collection[Path], used: set[Path]) -> int:
    files = {path.resolve() for path in paths} - used
    return sum(path.stat().st_size for path in files if path.is_file())
