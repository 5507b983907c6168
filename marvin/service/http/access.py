"""Who may use the server: API key, Host and Origin, and limits on what one client can take."""

from __future__ import annotations

import hmac
import ipaddress
import logging
import socket
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from marvin.service.http.api_error import ApiError
from marvin.service.http.limited_body import LimitedBody, too_large

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEY_PROTOCOL = "openai-insecure-api-key."
"""Before the key in a websocket's list of protocols: a page cannot send it as a header."""
_LOGGER = logging.getLogger(__name__)

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_FAILED = 1011
"""Code that closes a websocket (RFC 6455)."""
_LONGEST_BODY = 1024 * 1024
_ADDRESSES = 1024
"""Maximum number of addresses whose requests are counted."""


@dataclass(frozen=True, slots=True)
class AccessRules:
    """All limits are per process, rates per client address."""

    key: str | None = None
    """None: whoever can connect may use it."""
    hosts: frozenset[str] = frozenset()
    """More names of this server, in lower case."""
    bodies: Mapping[str, int] = field(default_factory=dict)
    """Maximum bytes of a request's body by path, where it is not 1 MiB."""
    public: Container[str] = ()
    """Paths that need no key."""
    requests: int = 32
    """Maximum number of requests in progress."""
    websockets: int = 16
    rate: float = 10.0
    """Requests per second."""
    burst: int = 100
    """Requests at once, before the rate applies."""


class Access:
    """ASGI middleware that refuses before anything is read."""

    def __init__(
        self,
        app: ASGIApp,
        rules: AccessRules,
        answered: Counter[tuple[str, int]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`answered` counts the requests by method and status."""
        self._app = app
        self._rules = rules
        self._names = rules.hosts | _own_names()
        self._rates = _Rates(rules, clock)
        self.open = {"http": 0, "websocket": 0}
        """Requests and websockets in progress."""
        self._answered = answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.datastructures import Headers

        kind = scope["type"]
        if kind not in self.open:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if kind == "http":
            send = self._counting(scope["method"], send)
        if "content-length" in headers or "transfer-encoding" in headers:
            body = LimitedBody(receive, self._longest(scope["path"]))
            receive, send = body.receive, body.draining(send)
        try:
            self._check(scope, headers)
        except ApiError as refusal:
            await refusal.response()(scope, receive, send)
            return
        self.open[kind] += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self.open[kind] -= 1

    def _counting(self, method: str, send: Send) -> Send:
        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                usual = method if method in _METHODS else "other"
                self._answered[usual, message["status"]] += 1
            await send(message)

        return counting

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        from h11 import LocalProtocolError  # noqa: PLC0415 - comes with uvicorn
        from starlette.requests import ClientDisconnect

        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except ClientDisconnect:
            _LOGGER.debug("a client has gone before its request was complete")
        except LocalProtocolError as error:
            # The client broke the connection's state, by closing it or by what it sent.
            _LOGGER.info("%s: the connection cannot go on: %s", scope["path"], error)
        except Exception as error:
            # A bug: it ends this request and nothing else.
            _LOGGER.error("%s failed", scope["path"], exc_info=error)
            if not begun:
                await ApiError(500, "the server has failed: its log says why").response()(
                    scope, receive, send
                )
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": _FAILED})

    def _check(self, scope: Scope, headers: Headers) -> None:
        """Raises ApiError."""
        self._check_origin(scope, headers)
        self._rates.check(scope["client"][0] if scope.get("client") else "")
        if scope["path"] not in self._rules.public:
            self._check_key(headers)
        kind = scope["type"]
        most = self._rules.requests if kind == "http" else self._rules.websockets
        if self.open[kind] >= most:
            raise ApiError(503, "the server is busy: try again in a moment", retry_after_s=1)
        length = headers.get("content-length", "0")
        if int(length if length.isascii() and length.isdigit() else "0") > self._longest(
            scope["path"]
        ):
            raise too_large(self._longest(scope["path"]))

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        """A page of another site may neither use a browser's access to this machine (CSRF) nor name
        this machine as its own server (DNS rebinding)."""
        if len(headers.getlist("host")) != 1:
            raise ApiError(400, "the request needs one Host header")
        host = headers["host"]
        name = _host_name(host)
        if name not in self._names and not _is_address(name):
            raise ApiError(
                403,
                "this server does not know itself by the name in the Host header: use its address,"
                " or list the name in serve.http_hosts",
                code="unknown_host",
            )
        origin = headers.get("origin")
        foreign = origin is not None and _origin_host(origin) != host.lower()
        # A browser may leave out Origin when it only reads.
        site = headers.get("sec-fetch-site", "none")
        followed_link = (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and headers.get("sec-fetch-mode") == "navigate"
        )
        if foreign or (site not in ("none", "same-origin") and not followed_link):
            raise ApiError(403, "pages of other sites may not use this server", code="foreign_page")

    def _check_key(self, headers: Headers) -> None:
        if self._rules.key is None:
            return
        given = _given_key(headers)
        if not given:
            raise ApiError(
                401,
                "this server needs an API key: send `Authorization: Bearer KEY`",
                code="missing_api_key",
            )
        # In constant time, so that the time does not tell how much of a key is right.
        if not hmac.compare_digest(given.encode(), self._rules.key.encode()):
            raise ApiError(401, "this is not the server's API key", code="invalid_api_key")

    def _longest(self, path: str) -> int:
        return self._rules.bodies.get(path, _LONGEST_BODY)


class _Rates:
    """A token bucket for each client address."""

    def __init__(self, rules: AccessRules, clock: Callable[[], float]) -> None:
        self._rules = rules
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Requests left at a time, the address that was used least recently first."""

    def check(self, address: str) -> None:
        """Count a request. Raises ApiError."""
        now = self._clock()
        left, before = self._left.pop(address, (float(self._rules.burst), now))
        left = min(self._rules.burst, left + (now - before) * self._rules.rate)
        self._left[address] = max(0.0, left - 1), now
        if len(self._left) > _ADDRESSES:
            self._left.popitem(last=False)
        if left < 1:
            raise ApiError(
                429,
                f"more than {self._rules.rate:g} requests a second: send fewer",
                code="rate_limit_exceeded",
                retry_after_s=1,
            )


def _given_key(headers: Headers) -> str:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return key.strip()
    protocols = (one.strip() for one in headers.get("sec-websocket-protocol", "").split(","))
    keys = [one.removeprefix(KEY_PROTOCOL) for one in protocols if one.startswith(KEY_PROTOCOL)]
    return keys[0] if keys else ""


def _own_names() -> frozenset[str]:
    """Names that no server of names outside this network can give to another machine."""
    own = socket.gethostname().lower()
    return frozenset({"localhost", own, f"{own.partition('.')[0]}.local"})


def _host_name(host: str) -> str:
    """Without the port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _origin_host(origin: str) -> str:
    """With the port."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
