"""The page in the browser: its files, and a websocket for each page that is open."""

from __future__ import annotations

import asyncio
import logging
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from marvin.errors import ControlError, MarvinError
from marvin.service.page.page_connection import BUSY, FAILED, REFUSED, PageConnection
from marvin.service.page.page_session import PageSession
from marvin.service.page.shown_settings import shown_settings
from marvin.service.page.tickets import Tickets

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.websockets import WebSocket

    from marvin.service.served_engines import ServedEngines

_LOGGER = logging.getLogger(__name__)

MOST_PAGES = 8
"""Pages that may be open at once: each has an ear of its own."""
_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_SESSION = "/page/session"
_HEADERS = {
    # Nothing from elsewhere, and no script or style in the page itself.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


@cache
def page_files() -> dict[str, bytes]:
    """The files of the page by their path on the server."""
    folder = files("marvin.service.page").joinpath("static")
    found = {
        f"/page/{file.name}": file.read_bytes()
        for file in folder.iterdir()
        if file.name.rpartition(".")[2] in _KINDS
    }
    return {"/": found["/page/index.html"], **found}


def public_paths() -> frozenset[str]:
    """Paths that need no key: files with no secret in them, and the websocket, which needs a
    ticket."""
    return frozenset({*page_files(), _SESSION})


class Pages:
    """All open pages."""

    def __init__(self, served: ServedEngines) -> None:
        self._served = served
        self._tickets = Tickets()
        self.open = 0
        """How many there are."""
        self.closed = asyncio.Event()
        """Set whenever one has been closed."""

    def routes(self) -> list[BaseRoute]:
        from starlette.routing import Route, WebSocketRoute

        return [
            *(Route(path, self._file, methods=["GET"]) for path in page_files()),
            Route("/page/ticket", self._ticket, methods=["POST"]),
            Route("/page/settings", self._settings, methods=["GET"]),
            WebSocketRoute(_SESSION, self._session),
        ]

    async def _file(self, request: Request) -> Response:
        from starlette.responses import Response

        path = request.url.path
        kind = _KINDS["html" if path == "/" else path.rpartition(".")[2]]
        return Response(page_files()[path], media_type=kind, headers=_HEADERS)

    async def _ticket(self, request: Request) -> Response:
        """Admits one websocket: a browser cannot send a key with one."""
        from starlette.responses import JSONResponse

        return JSONResponse(
            {"ticket": self._tickets.issue()}, headers={"Cache-Control": "no-store"}
        )

    async def _settings(self, request: Request) -> Response:
        from starlette.responses import JSONResponse

        return JSONResponse({"settings": shown_settings(self._served.config)})

    async def _session(self, socket: WebSocket) -> None:
        connection = PageConnection(socket)
        if not self._tickets.redeem(socket.query_params.get("ticket", "")):
            # Before it is accepted, this answers the handshake with 403.
            await socket.close(REFUSED)
            return
        await socket.accept()
        if self.open >= MOST_PAGES:
            await connection.close(BUSY, f"{MOST_PAGES} pages are open already: close one")
            return
        self.open += 1
        try:
            await PageSession(self._served).run(connection)
        except ControlError as error:
            _LOGGER.warning("a page was disconnected: %s", error)
            await connection.close(REFUSED, str(error))
        except MarvinError as error:
            _LOGGER.error("a page's conversation ended: %s", error)
            await connection.close(FAILED, str(error))
        finally:
            self.open -= 1
            self.closed.set()
