"""The folder for test sockets, whose paths must be short."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def path() -> Iterator[Path]:
    """A socket's path in its own folder."""
    with TemporaryDirectory(prefix="marvin-") as folder:
        yield Path(folder) / "marvin.sock"
