"""What went wrong with a server, as one line with the key of models.toml and what to do."""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass

SHOWN_IN_DEBUG = "`-vv` shows its words"


@dataclass(frozen=True, slots=True)
class Wording:
    """How a table's server is spoken of."""

    table: str
    """`stt` or `tts`."""
    base_url: str
    what: str
    """What it is asked for: `a transcript`, `speech`."""
    choices: str
    """Keys that a request is made of."""
    api_key_env: str | None = None

    def refused(self, status: int) -> str:
        """It answered with an error. Its own words are not for messages: they may quote a key, or
        what was said."""
        where = f"the server at {self.base_url}"
        key = f"{self.table}.api_key_env"
        if status == 401 and self.api_key_env is None:
            return (
                f"{key}: {where} wants a key (401): put one into an environment variable, and its "
                "name here"
            )
        if status == 401:
            return f"{key}: {where} does not know the key in {self.api_key_env} (401): check it"
        if status == 403:
            check = f"check what the key in {self.api_key_env} may do there"
            return f"{key}: {where} forbids it (403): " + (
                check if self.api_key_env else "it may want a key"
            )
        if status == 404:
            return f"{self.table}.base_url: {where} has no such address or model (404): " + (
                f"check {self.choices}" if self._versioned else self._try_version
            )
        if status == 429:
            return f"{self.table}.base_url: {where} has had too many requests (429): wait"
        if 300 <= status < 400:
            return (
                f"{self.table}.base_url: {where} has moved ({status}): write its new address; "
                f"{SHOWN_IN_DEBUG}"
            )
        if status >= 500:
            busy = "is overloaded or still loading" if status in (502, 503, 504) else "failed"
            return (
                f"{self.table}.base_url: {where} {busy} ({status}): wait, or look at its log; "
                f"{SHOWN_IN_DEBUG}"
            )
        return (
            f"{self.table}: {where} does not accept the request ({status}): check {self.choices}; "
            f"{SHOWN_IN_DEBUG}"
        )

    def unreachable(self, error: Exception) -> str:
        """No connection came about."""
        return (
            f"{self.table}.base_url: nothing answers at {self.base_url} ({reason(error)}): start "
            "the server, or correct the address"
        )

    def broken(self) -> str:
        """The connection ended before the answer did."""
        return (
            f"{self.table}.base_url: the server at {self.base_url} broke off the connection: look "
            "at its log"
        )

    def slow(self, timeout_s: float) -> str:
        """It took too long."""
        return (
            f"{self.table}.timeout_s: waited {timeout_s:g} s in vain for {self.what} from "
            f"{self.base_url}: raise it, or take a smaller model or a faster server"
        )

    def nonsense(self, kind: str, found: str) -> str:
        """It answered, but not with what was asked for."""
        if kind in ("text/html", "application/xhtml+xml"):
            found = "a web page"
        advice = f"check {self.choices}" if self._versioned else self._try_version
        return (
            f"{self.table}.base_url: {self.base_url} answered with {found} instead of "
            f"{self.what}: {advice}"
        )

    def endless(self) -> str:
        """It goes on and on."""
        return (
            f"{self.table}.model: the answer of {self.base_url} does not end: its model may be "
            "broken, or not one for this"
        )

    @property
    def _versioned(self) -> bool:
        return self.base_url.rstrip("/").endswith("/v1")

    @property
    def _try_version(self) -> str:
        return "most servers want /v1 at the end of it"


def reason(error: BaseException) -> str:
    """Why there is no connection. Not in the error's own words, which may be a server's."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            return f"its certificate is not accepted: {found.verify_message}"
        if isinstance(found, ssl.SSLError):
            return "it does not speak TLS: is it http:// and not https://?"
        if isinstance(found, socket.gaierror):
            return "no machine has this name"
        if isinstance(found, OSError) and found.errno:
            return os.strerror(found.errno)
        found = found.__cause__ or found.__context__
    return _REASONS.get(type(error).__name__, "no connection")


_REASONS = {
    "ConnectTimeout": "no answer",
    "ProxyError": "the proxy refuses",
    "RemoteProtocolError": "it speaks no HTTP",
    "LocalProtocolError": "the request is no HTTP: check the key and the address",
    "DecodingError": "its answer is badly compressed",
}
