"""Verifies fetched files: sizes, digests and readable weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from safetensors import SafetensorError, safe_open

from marvin.hub.fetching import BarFor, digest_of
from marvin.hub.pins import Pin
from marvin.hub.present import folder_of, size_of


def wrong_files(name: str, pin: Pin, bar_for: BarFor) -> Iterator[tuple[Path, str]]:
    """Damaged or missing files, each with a description of the problem."""
    folder = folder_of(name, pin)
    for file, kept in pin.files.items():
        path = folder / file
        size = size_of(path)
        if size is None:
            yield path, f"{file} is missing"
        elif size != kept.size:
            yield path, f"{file} has {size:,} bytes, not {kept.size:,}"
        elif digest_of(path, kept.digest, bar_for(file)) != kept.digest:
            yield path, f"{file} was changed"
        elif file.endswith(".safetensors") and (why := unreadable(path)):
            yield path, f"{file} cannot be read: {why}"


def discard_changed(name: str, pin: Pin, bar_for: BarFor) -> None:
    """Delete damaged files, so that they are fetched again."""
    for path, _ in wrong_files(name, pin, bar_for):
        discard(path)


def discard(path: Path) -> None:
    """Delete a file and, in the cache, the blob it links to."""
    path.resolve().unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def check_folder(folder: Path) -> list[str]:
    """Problems with the weights of a model that another program fetched."""
    return [
        f"{path.name} cannot be read: {why}"
        for path in sorted(folder.glob("*.safetensors"))
        if (why := unreadable(path))
    ]


def unreadable(path: Path) -> str:
    """Why a safetensors file cannot be opened, its length contradicting its header for example;
    empty if it can."""
    try:
        with safe_open(path, framework="numpy"):
            return ""
    except (SafetensorError, OSError) as error:
        return str(error)
