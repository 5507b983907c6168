"""The address and API key of a server."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from marvin.errors import ConfigError

if TYPE_CHECKING:
    import ssl

    import httpx2

WRONG_PROXY = "a proxy variable is not a valid address: check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY"
_CONNECT_S = 3.0
"""Time limit to connect."""
_KEEP_S = 60.0
"""Keep-alive for the next turn: a new TLS connection takes two more round trips."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def read_key(variable: str | None, table: str) -> str | None:
    """The API key from the environment; never part of a message."""
    if variable is None:
        return None
    hint = "put the key into it, or remove this line if the server wants none"
    return read_secret(variable, f"{table}.api_key_env", "key", hint)


def read_secret(variable: str, key: str, what: str, hint: str) -> str:
    """A secret from the environment; never part of a message.

    `key` of models.toml names the variable, `what` it holds, and `hint` is for one that is not set.
    """
    secret = os.environ.get(variable, "").strip()
    if not secret:
        # The value may be the key itself by mistake, so log it only if it looks like a name.
        name = (
            f" {variable}" if variable.isidentifier() and variable.isupper() else " that it names"
        )
        raise ConfigError(f"{key}: the environment variable{name} is not set: {hint}")
    if not (secret.isascii() and secret.isprintable()):
        raise ConfigError(
            f"{key}: {variable} does not contain a valid {what}: it has characters that {what}s "
            "cannot have"
        )
    return secret


def open_client(base_url: str, key: str | None, timeout_s: float, table: str) -> httpx2.AsyncClient:
    """Does not connect yet."""
    import httpx2

    parts = urlsplit(base_url)
    if parts.username is not None or parts.query or parts.fragment:
        # The address may contain a key, so it is not shown.
        raise ConfigError(
            f"{table}.base_url contains more than an address: put the key into an environment "
            f"variable and its name into {table}.api_key_env"
        )
    try:
        httpx2.URL(base_url)
    except httpx2.InvalidURL as error:
        raise ConfigError(f"{table}.base_url = {base_url!r}: {error}") from error
    try:
        return httpx2.AsyncClient(
            verify=certificates(),
            base_url=base_url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            # `_limited` limits whole answers instead of single reads.
            timeout=httpx2.Timeout(None, connect=min(_CONNECT_S, timeout_s)),
            limits=httpx2.Limits(keepalive_expiry=_KEEP_S),
            # Proxies cannot reach servers on this machine.
            trust_env=parts.hostname not in _LOOPBACK,
        )
    except (httpx2.InvalidURL, ValueError):
        # The exception quotes the proxy, perhaps with a password.
        raise ConfigError(f"{table}.base_url: {WRONG_PROXY}") from None


@functools.cache
def certificates() -> ssl.SSLContext:
    """Shared by all clients: loading takes 30 ms on a desktop, ten times that on a Pi."""
    import httpx2

    return httpx2.create_ssl_context()
