"""No test sees the models of whoever runs it, nor puts one there; each finds the log as it was."""

import logging
import os
from collections.abc import Iterator
from tempfile import TemporaryDirectory

import pytest

_NO_MODELS = TemporaryDirectory(prefix="marvin-tests-")

# Here and not in a fixture: huggingface_hub reads it when it is first imported.
for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_ENDPOINT", "HF_TOKEN"):
    os.environ.pop(name, None)
os.environ["HF_HOME"] = os.path.join(_NO_MODELS.name, "huggingface")
os.environ["XDG_DATA_HOME"] = os.path.join(_NO_MODELS.name, "data")


@pytest.fixture(autouse=True)
def unchanged_logging() -> Iterator[None]:
    """What a command line in one test does to the log is undone before the next."""
    logger = logging.getLogger("marvin")
    before = logger.handlers[:], logger.level, logger.propagate
    yield
    logger.handlers[:], logger.level, logger.propagate = before
