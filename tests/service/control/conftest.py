"""Where sockets of tests are: their paths must be short."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def path() -> Iterator[Path]:
    """A socket's path, in a folder of its own."""
    with TemporaryDirectory(prefix="marvin-") as folder:
        yield Path(folder) / "marvin.sock"
