"""A collector's answer, and the exporter's library, imported once."""

import importlib
import logging
from collections.abc import Iterator

import pytest

from marvin.service.tracing import traces
from tests.faulty_server import Answer

OK = Answer(200, b"", {"Content-Type": "application/x-protobuf"})


@pytest.fixture(autouse=True, scope="module")
def library() -> None:
    """Imported here, not on a thread while a test waits."""
    importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    importlib.import_module("opentelemetry.sdk.trace")


@pytest.fixture(autouse=True)
def patient_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the last turn may take long to arrive."""
    for name in ("CLOSE_S", "_RECORDING_S"):
        monkeypatch.setattr(traces, name, 300.0)


@pytest.fixture(autouse=True)
def unchanged_library_log() -> Iterator[None]:
    yield
    logging.getLogger("opentelemetry").setLevel(logging.NOTSET)
