"""Published weights in the user's cache. Without them their tests are skipped."""

import os
from pathlib import Path

import pytest


def published(name: str) -> Path:
    """The folder of a model, in the layout that its engine takes."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "published-weights" / name
    if not folder.is_dir():
        pytest.skip(f"the published weights of {name} are not in {folder}")
    return folder
