"""The table [trace]."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from marvin.config.table import Address, Table, Text

_PATH = "/v1/traces"


def _without_key(address: str) -> str:
    """Raises ValueError if it has more than a place, such as a key."""
    parts = urlsplit(address)
    if parts.username is not None or parts.query or parts.fragment:
        # Without the value, which may be the key.
        raise ValueError("should be an address alone: `headers_env` is for keys")
    return address


def header_of(text: str) -> tuple[str, str]:
    """Raises ValueError."""
    name, equals, value = (part.strip() for part in text.partition("="))
    valid = re.fullmatch(r"[A-Za-z0-9-]+", name) and value.isascii() and value.isprintable()
    if not (equals and valid):
        raise ValueError("should be the name of an HTTP header, =, and its value")
    return name, value


def _header(text: str) -> str:
    header_of(text)
    return text


class TraceConfig(Table):
    """Where each turn is sent as an OpenTelemetry trace (docs/traces.md)."""

    endpoint: Annotated[Address, AfterValidator(_without_key)] | None = None
    """Address of a collector, or of MLflow, that takes OTLP over HTTP. If not set, nothing is
    sent. Needs the extra `trace`."""
    headers: tuple[Annotated[str, AfterValidator(_header)], ...] = ()
    """HTTP headers that it wants, without secrets: `["x-mlflow-experiment-id=0"]`."""
    headers_env: Text | None = None
    """Environment variable that holds more of them, with secrets: `authorization=Bearer ...`;
    several are separated by commas."""
    timeout_s: Annotated[float, Field(gt=0.0, le=120.0)] = 10.0
    """Time limit for sending a turn, with all tries; what takes longer is dropped."""
    words: bool = False
    """Also send what you said, what Marvin answered, and what tools were given and returned."""

    @property
    def traces_address(self) -> str | None:
        if self.endpoint is None:
            return None
        base = self.endpoint.rstrip("/")
        return base if base.endswith(_PATH) else f"{base}{_PATH}"
