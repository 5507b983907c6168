"""HTTP under huggingface_hub's AsyncInferenceClient: soon there or not at all, and plain faults.

Its own session waits for ever, refuses a server on localhost when HF_HUB_OFFLINE is set, follows
redirects with the key and the question in hand, and cannot read an error that comes in chunks.
"""

import functools
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    import httpx2

CONNECT_S = 3.0
"""A server that is not there is known after so long."""

_ERROR_BYTES = 16_384
"""So much of an error is read."""
_NO_STREAMS = frozenset({"text/html", "application/json"})
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_LONG_S = 1e6
"""Longer estimates are no better known."""


class RefusedError(Exception):
    """The server answered with something else than a stream."""

    def __init__(self, response: "httpx2.Response", body: bytes) -> None:
        super().__init__(f"status {response.status_code}")
        self.status = response.status_code
        self.kind = _kind(response)
        self.path = response.request.url.path
        self.retry_after: str | None = response.headers.get("retry-after")
        """The header as it came."""
        self.body = body
        """As far as it was read."""

    @property
    def estimated_s(self) -> float | None:
        """What Hugging Face expects its model to need until it is loaded."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return None
        seconds = value.get("estimated_time") if isinstance(value, dict) else None
        return float(min(seconds, _LONG_S)) if isinstance(seconds, int | float) else None


@functools.cache
def prepare() -> None:
    """Load the library and give it our sessions; it takes a moment, once."""
    from huggingface_hub import AsyncInferenceClient, set_async_client_factory  # noqa: F401

    set_async_client_factory(_session)
    _certificates()


def _session() -> "httpx2.AsyncClient":
    import httpx2

    return httpx2.AsyncClient(
        verify=_certificates(),
        event_hooks={"request": [_limit], "response": [_check]},
        # A proxy of the environment knows nothing of servers on this machine.
        mounts={f"all://{host}": None for host in _LOOPBACK},
        # A redirect would take the key and the question along to wherever it points.
        follow_redirects=False,
    )


@functools.cache
def _certificates() -> "ssl.SSLContext":
    """Once for all sessions: reading them takes 30 ms on a desktop, ten times that on a Pi."""
    import httpx2

    return httpx2.create_ssl_context()


async def _limit(request: "httpx2.Request") -> None:
    # How long an answer may take is the caller's business, who knows what was said so far.
    request.extensions["timeout"] = {"connect": CONNECT_S, "read": None, "write": None}


async def _check(response: "httpx2.Response") -> None:
    if response.status_code == 200 and _kind(response) not in _NO_STREAMS:
        return
    body = b""
    if response.has_redirect_location:
        address = str(response.headers["location"]).partition("?")[0]
        body = json.dumps({"message": f"it has moved to {address}"}).encode()
    else:
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) >= _ERROR_BYTES:
                break
    raise RefusedError(response, body)


def _kind(response: "httpx2.Response") -> str:
    """Media type of the body, in lower case."""
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower()
