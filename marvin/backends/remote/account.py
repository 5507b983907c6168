"""How a server is reached: its address, and the key that it wants to see."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from marvin.errors import ConfigError

if TYPE_CHECKING:
    import httpx2

WRONG_PROXY = (
    "a proxy of the environment is no address: check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY"
)
_CONNECT_S = 3.0
"""A server that is there takes the connection within this time."""
_KEEP_S = 60.0
"""A connection is kept so long for the next turn: over TLS a new one takes two round trips more."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def read_key(variable: str | None, table: str) -> str | None:
    """The key in the environment. It appears in no message."""
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        # Who mistakes the name for the key itself must not find it in the log.
        name = (
            f" {variable}" if variable.isidentifier() and variable.isupper() else " that it names"
        )
        raise ConfigError(
            f"{table}.api_key_env: the environment variable{name} is not set: put the key into "
            "it, or remove this line if the server wants none"
        )
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(
            f"{table}.api_key_env: what is in the environment variable {variable} is no key: it "
            "has characters that keys do not have"
        )
    return key


def open_client(base_url: str, key: str | None, timeout_s: float, table: str) -> httpx2.AsyncClient:
    """Connects nowhere yet."""
    import httpx2

    parts = urlsplit(base_url)
    if parts.username is not None or parts.query or parts.fragment:
        # It may hold a key: it is not shown.
        raise ConfigError(
            f"{table}.base_url has more than an address: a key goes into an environment variable, "
            f"and its name into {table}.api_key_env"
        )
    try:
        httpx2.URL(base_url)
    except httpx2.InvalidURL as error:
        raise ConfigError(f"{table}.base_url = {base_url!r}: {error}") from error
    try:
        return httpx2.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            # Waits are limited by `_limited`, for whole answers and not for single reads.
            timeout=httpx2.Timeout(None, connect=min(_CONNECT_S, timeout_s)),
            limits=httpx2.Limits(keepalive_expiry=_KEEP_S),
            # A proxy of the environment knows nothing of servers on this machine.
            trust_env=parts.hostname not in _LOOPBACK,
        )
    except (httpx2.InvalidURL, ValueError):
        # The error quotes it, perhaps with a password.
        raise ConfigError(f"{table}.base_url: {WRONG_PROXY}") from None
