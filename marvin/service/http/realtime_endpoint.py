"""`/v1/realtime`: a spoken conversation over a websocket."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from marvin.engines.engine_set import STOP_S
from marvin.service.http.api_error import ApiError
from marvin.service.http.models_endpoint import check_model
from marvin.service.http.realtime_session import LONGEST_S, RealtimeSession

if TYPE_CHECKING:
    from starlette.routing import BaseRoute
    from starlette.websockets import WebSocket

    from marvin.service.served_engines import ServedEngines

_PROTOCOL = "realtime"
_WRONG_IN_A_ROW = 20
"""Messages after which a client that makes no sense has to go."""
_POLICY, _TRY_AGAIN = 1008, 1013
"""Codes that close a websocket (RFC 6455)."""


def realtime_routes(served: ServedEngines) -> list[BaseRoute]:
    from starlette.routing import WebSocketRoute

    async def realtime(websocket: WebSocket) -> None:
        model = websocket.query_params.get("model", "")
        try:
            check_model(served.config, "llm", model)
        except ApiError as error:
            await websocket.send_denial_response(error.response())
            return
        offered = websocket.scope["subprotocols"]
        await websocket.accept(_PROTOCOL if _PROTOCOL in offered else None)
        await _converse(served, model, websocket)

    return [WebSocketRoute("/v1/realtime", realtime)]


async def _converse(served: ServedEngines, model: str, websocket: WebSocket) -> None:
    from starlette.websockets import WebSocketDisconnect

    writing = asyncio.Lock()

    async def send(event: dict[str, Any]) -> None:
        # A client that has gone is noticed where its next message is waited for.
        async with writing:
            with suppress(WebSocketDisconnect, RuntimeError):
                await websocket.send_text(json.dumps(event))

    session = RealtimeSession(served, model, send)
    await session.input.ear.start()
    try:
        async with asyncio.timeout(LONGEST_S):
            await session.begin()
            await _take_all(session, websocket)
    except TimeoutError:
        await websocket.close(_TRY_AGAIN, "the session has expired: connect again")
    finally:
        await session.close()
        await session.input.ear.stop(STOP_S)


async def _take_all(session: RealtimeSession, websocket: WebSocket) -> None:
    """Until the client goes, or makes no sense."""
    wrong = 0
    while (message := await websocket.receive())["type"] != "websocket.disconnect":
        # Binary messages are none of this protocol's.
        understood = await session.take(message.get("text") or "")
        wrong = 0 if understood else wrong + 1
        if wrong >= _WRONG_IN_A_ROW:
            await websocket.close(_POLICY, f"{wrong} messages in a row were wrong")
            return
