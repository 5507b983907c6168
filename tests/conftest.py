"""No test sees the models of whoever runs it, nor puts one there; each finds the log as it was."""

import logging
import os
import signal
from collections.abc import Iterator
from tempfile import TemporaryDirectory

import pytest

_NO_MODELS = TemporaryDirectory(prefix="marvin-tests-")

# Here and not in a fixture: huggingface_hub reads it when it is first imported.
for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_ENDPOINT", "HF_TOKEN"):
    os.environ.pop(name, None)
os.environ["HF_HOME"] = os.path.join(_NO_MODELS.name, "huggingface")
os.environ["XDG_DATA_HOME"] = os.path.join(_NO_MODELS.name, "data")

# A shell ignores Ctrl-C for what it runs in the background, and so would all that is started here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def unchanged_logging() -> Iterator[None]:
    """What a command line does to the log, also in a fixture of a module, ends with the test."""
    logger = logging.getLogger("marvin")
    logger.handlers[:] = []
    logger.setLevel(logging.NOTSET)
    logger.propagate = True
    yield
    logger.handlers[:] = []
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


@pytest.fixture(autouse=True)
def patient_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a thread may take long to end, for which `main` would end the process: here
    that is the tests' own."""
    monkeypatch.setattr("marvin.cli.main._GRACE_S", 60.0)
