"""Error messages about servers: one line, with the key of models.toml and a fix."""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass

SHOWN_IN_DEBUG = "`-vv` shows its words"


@dataclass(frozen=True, slots=True)
class Wording:
    """Words the errors of one table's server."""

    table: str
    """`stt` or `tts`."""
    base_url: str
    what: str
    """The requested result: `a transcript`, `speech`."""
    choices: str
    """Keys of models.toml that the request depends on."""
    api_key_env: str | None = None

    def refused(self, status: int) -> str:
        """For an error status. Omits the server's own text, which may quote a key or what was
        said."""
        where = f"the server at {self.base_url}"
        key = f"{self.table}.api_key_env"
        if status == 401 and self.api_key_env is None:
            return (
                f"{key}: {where} requires a key (401): put it into an environment variable and its "
                "name here"
            )
        if status == 401:
            return f"{key}: {where} rejects the key in {self.api_key_env} (401): check it"
        if status == 403:
            check = f"check the permissions of the key in {self.api_key_env}"
            return f"{key}: {where} forbids it (403): " + (
                check if self.api_key_env else "it may require a key"
            )
        if status == 404:
            return f"{self.table}.base_url: {where} has no such address or model (404): " + (
                f"check {self.choices}" if self._versioned else self._try_version
            )
        if status == 429:
            return f"{self.table}.base_url: {where} has received too many requests (429): wait"
        if 300 <= status < 400:
            return (
                f"{self.table}.base_url: {where} has moved ({status}): set its new address; "
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
        """For a failed connection."""
        return (
            f"{self.table}.base_url: nothing answers at {self.base_url} ({reason(error)}): start "
            "the server, or correct the address"
        )

    def broken(self) -> str:
        """For a connection lost during the answer."""
        return (
            f"{self.table}.base_url: the server at {self.base_url} closed the connection early: "
            "check its log"
        )

    def slow(self, timeout_s: float) -> str:
        """For a timeout."""
        return (
            f"{self.table}.timeout_s: waited {timeout_s:g} s for {self.what} from "
            f"{self.base_url}: raise the limit, or use a smaller model or a faster server"
        )

    def nonsense(self, kind: str, found: str) -> str:
        """For an answer of the wrong kind."""
        if kind in ("text/html", "application/xhtml+xml"):
            found = "a web page"
        advice = f"check {self.choices}" if self._versioned else self._try_version
        return (
            f"{self.table}.base_url: {self.base_url} answered with {found} instead of "
            f"{self.what}: {advice}"
        )

    def endless(self) -> str:
        """For an endless answer."""
        return (
            f"{self.table}.model: the answer of {self.base_url} does not end: the model may be "
            "broken or unsuitable"
        )

    @property
    def _versioned(self) -> bool:
        return self.base_url.rstrip("/").endswith("/v1")

    @property
    def _try_version(self) -> str:
        return "most addresses end in /v1"


def reason(error: BaseException) -> str:
    """Why there is no connection; not the error's own text, which may be a server's."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            return f"certificate rejected: {found.verify_message}"
        if isinstance(found, ssl.SSLError):
            return "no TLS: should it be http:// instead of https://?"
        if isinstance(found, socket.gaierror):
            return "unknown host"
        if isinstance(found, OSError) and found.errno:
            return os.strerror(found.errno)
        found = found.__cause__ or found.__context__
    return _REASONS.get(type(error).__name__, "no connection")


_REASONS = {
    "ConnectTimeout": "no answer",
    "ProxyError": "the proxy refused",
    "RemoteProtocolError": "not HTTP",
    "LocalProtocolError": "the request is not valid HTTP: check the key and the address",
    "DecodingError": "the answer is badly compressed",
}
