"""Stores finished models in Marvin's own folder, and pins their files."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from marvin.hub.fetching import digest_of
from marvin.hub.pins import Kept, Kind, Origin, Pin, own_folder, read_pins, workshop, write_pins


@contextlib.contextmanager
def building(name: str) -> Iterator[Path]:
    """An empty folder in which a model is made; what `store` does not take from it is deleted."""
    place = workshop() / own_folder(name).name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        with contextlib.suppress(OSError):  # it also keeps downloads for the next attempt
            workshop().rmdir()


def store(new: Path, name: str) -> dict[str, Kept]:
    """Move a complete folder to the model's place; returns its files."""
    folder = own_folder(name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    new.replace(folder)
    return {
        str(path.relative_to(folder)): Kept(
            size=path.stat().st_size, digest=digest_of(path, "sha256:")
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def pin(name: str, kind: Kind, origin: Origin, files: Mapping[str, Kept]) -> Pin:
    """Pin a stored model that did not come from a repository."""
    pins = read_pins()
    before = pins.get(name)
    contents = "".join(kept.digest for kept in files.values())
    pin = Pin(
        kind=kind,
        revision=origin,
        commit=hashlib.sha256(contents.encode()).hexdigest()[:40],
        files=dict(files),
        origin=origin,
        converted=True,
        older=commits(before),
    )
    write_pins({**pins, name: pin})
    return pin


def commits(before: Pin | None) -> tuple[str, ...]:
    """Commits of the Hub that Marvin fetched for a model."""
    if before is None or not before.ours:
        return ()
    return tuple(sorted({*before.older, *([before.commit] * (before.origin == "hub"))}))
