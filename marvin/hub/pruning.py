"""Deletes models that nothing needs any more: those alone that Marvin itself fetched."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from marvin.hub.pins import Pin, own_folder, read_pins, workshop, write_pins
from marvin.hub.present import folder_of, repository, snapshot


@dataclass(frozen=True, slots=True)
class Waste:
    """What could be deleted of one model."""

    name: str
    pin: Pin
    commits: tuple[str, ...]
    """Of the shared cache."""
    whole: bool
    """Whether all of it is unused, or only older commits."""
    bytes: int


def waste(pins: Mapping[str, Pin], needed: Collection[str]) -> list[Waste]:
    """What nothing needs. What another program had fetched before is left alone."""
    found = []
    for name, pin in pins.items():
        if not pin.ours:
            continue
        whole = name not in needed
        commits = [*pin.older, *([pin.commit] if whole else [])]
        there = tuple(one for one in commits if snapshot(name, pin.kind, one).is_dir())
        own = [own_folder(name)] if whole and pin.converted else []
        folders = [snapshot(name, pin.kind, one) for one in there] + own
        if whole or there:
            found.append(Waste(name, pin, there, whole, _bytes(folders, _used(name, pin, whole))))
    return found


def delete(wastes: Collection[Waste]) -> None:
    """Delete it, and forget the pins of what is gone as a whole."""
    _delete_commits(wastes)
    pins = read_pins()
    for one in wastes:
        # A file that was cut off belongs to no commit yet.
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
    """The library knows which files of the cache other commits share."""
    from huggingface_hub import scan_cache_dir

    if not any(one.commits for one in wastes):
        return
    cache = scan_cache_dir()
    for one in wastes:
        # Copies of a repository share names of commits: only this one's are meant.
        repositories = frozenset(
            repository
            for repository in cache.repos
            if (repository.repo_id, repository.repo_type) == (one.name, one.pin.kind)
        )
        if one.commits and repositories:
            replace(cache, repos=repositories).delete_revisions(*one.commits).execute()


def _used(name: str, pin: Pin, whole: bool) -> set[Path]:
    """Files that a commit which stays shares with one that goes."""
    if whole:
        return set()
    return {path.resolve() for path in folder_of(name, pin).rglob("*")}


def _bytes(folders: Collection[Path], used: set[Path]) -> int:
    files = {path.resolve() for folder in folders for path in folder.rglob("*")} - used
    return sum(path.stat().st_size for path in files if path.is_file())
