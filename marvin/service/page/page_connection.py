"""The websocket of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message
    from starlette.websockets import WebSocket

REFUSED, BUSY, FAILED = 1008, 1013, 1011
"""Codes of a closed websocket: RFC 6455 and its registry."""
_REASON_BYTES = 120
"""Most that fits into the frame that closes a websocket."""


class PageConnection:
    """Messages in both directions. What is sent after the page has gone is lost."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._closed = False

    async def receive(self) -> str | bytes | None:
        """The next message; None once the page has gone."""
        message = await self._socket.receive()
        if message["type"] != "websocket.receive":
            self._closed = True
            return None
        text: str | None = message.get("text")
        data: bytes | None = message.get("bytes")
        return text if text is not None else data

    async def send_text(self, data: str) -> None:
        await self._send({"type": "websocket.send", "text": data})

    async def send_bytes(self, data: bytes) -> None:
        await self._send({"type": "websocket.send", "bytes": data})

    async def close(self, code: int, reason: str) -> None:
        short = reason.encode()[:_REASON_BYTES].decode(errors="ignore")
        closing = {"type": "websocket.close", "code": code, "reason": short}
        await self._send(closing, last=True)

    async def _send(self, message: Message, *, last: bool = False) -> None:
        from starlette.websockets import WebSocketDisconnect

        if self._closed:
            return
        self._closed = last
        try:
            await self._socket.send(message)
        except WebSocketDisconnect:
            self._closed = True
