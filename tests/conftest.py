"""Keeps tests away from the models of the user who runs them, and restores logging after each."""

import contextlib
import gc
import importlib
import logging
import os
import signal
import warnings
from collections.abc import Iterator
from tempfile import TemporaryDirectory

import pytest

_NO_MODELS = TemporaryDirectory(prefix="marvin-tests-")

# Not in a fixture: huggingface_hub reads it when it is first imported.
for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_ENDPOINT", "HF_TOKEN"):
    os.environ.pop(name, None)
os.environ["HF_HOME"] = os.path.join(_NO_MODELS.name, "huggingface")
os.environ["XDG_DATA_HOME"] = os.path.join(_NO_MODELS.name, "data")
# Neither do the user's own skills take part.
os.environ["XDG_CONFIG_HOME"] = os.path.join(_NO_MODELS.name, "config")

# The package wyoming imports it where it still exists, which warns.
with warnings.catch_warnings(), contextlib.suppress(ImportError):
    warnings.simplefilter("ignore", DeprecationWarning)
    importlib.import_module("audioop")

# A shell ignores Ctrl-C for background jobs, and all processes started here would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="module")
def short_collections() -> Iterator[None]:
    """Unloading an engine collects garbage, for which Python looks at every object: the million of
    torch and transformers, which other tests have imported, are left out."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def unchanged_logging() -> Iterator[None]:
    """Undo what a command line, or a module's fixture, does to logging."""
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
    """On a busy machine a thread may take long to end. `main` would then end the process, which
    here runs the tests.
    """
    monkeypatch.setattr("marvin.cli.main._GRACE_S", 60.0)
