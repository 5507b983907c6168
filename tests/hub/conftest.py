"""A Hub on loopback, and a machine that uses it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.fake_hub import fake_hub
from tests.hub.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with fake_hub() as hub:
        yield Machine(tmp_path, hub)
