"""Serves OpenAI's API and the page over HTTP until cancelled."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from marvin.backends.remote.wording import reason
from marvin.config.serve_table import ServeConfig, http_address
from marvin.errors import ConfigError, ServerError
from marvin.events import Event, Serving
from marvin.service.http.access import AccessRules
from marvin.service.http.uvicorn_server import run_application

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from marvin.service.served_engines import ServedEngines

_PACKAGES = ("starlette", "uvicorn", "websockets", "python_multipart")
_SHORTEST_KEY = 16
"""Characters. Shorter keys can be guessed at the rate that is allowed."""


class HttpServer:
    def __init__(
        self, served: ServedEngines, table: ServeConfig, report: Callable[[Event], None]
    ) -> None:
        """Raises ConfigError, or ServerError if a package is missing."""
        if missing := [name for name in _PACKAGES if find_spec(name) is None]:
            raise ServerError(
                f"serve.http needs the package {missing[0]}: pip install 'marvin-voice[servers]'"
            )
        self._served = served
        self._table = table
        self._report = report
        self._rules = access_rules(table)

    async def run(self) -> None:
        """Raises ServerError if it cannot listen."""
        listening = await self._bind()
        application = self._application()
        host, port = listening.getsockname()[:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self._report(Serving("http", address))
        await run_application(application, listening)

    def _application(self) -> Starlette:
        pages = import_module("marvin.service.page.page_routes")
        application: Starlette = import_module(
            "marvin.service.http.application"
        ).create_application(
            self._served,
            self._rules,
            routes=pages.Pages(self._served).routes(),
            public=pages.public_paths(),
        )
        return application

    async def _bind(self) -> socket.socket:
        at = http_address(self._table.http)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)
            family, *_, address = found[0]
            return socket.create_server(address[:2], family=family)
        except OSError as error:
            raise ServerError(
                f"serve.http = {self._table.http!r}: cannot listen there: "
                f"{reason(error)}; `ss -ltnp` shows what uses a port"
            ) from error


def access_rules(table: ServeConfig) -> AccessRules:
    """Raises ConfigError if others could use the server without a key."""
    key = None
    if table.http_key_env:
        key = os.environ.get(table.http_key_env, "").strip()
        if len(key) < _SHORTEST_KEY or not key.isascii() or not key.isprintable():
            raise ConfigError(
                f"serve.http_key_env: the environment variable {table.http_key_env} needs a key of"
                f" at least {_SHORTEST_KEY} letters and digits: `openssl rand -hex 24` makes one"
            )
    elif not http_address(table.http).loopback:
        raise ConfigError(
            f"serve.http = {table.http!r}: everybody on the network could use it. Set "
            "serve.http_key_env to the name of an environment variable with a key"
            " (`openssl rand -hex 24` makes one), or serve this machine alone: 127.0.0.1:8080"
        )
    return AccessRules(key=key, hosts=frozenset(name.lower() for name in table.http_hosts))
