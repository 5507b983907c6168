"""The body of a request, within limits."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from marvin.service.http.api_error import ApiError

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Send

_BODY_S = 30.0
"""A client that sends no byte of its body for this long is gone."""
_DRAIN, _DRAIN_S = 32 * 1024 * 1024, 3.0
"""How much of a refused request is read and thrown away, in bytes and seconds."""


class LimitedBody:
    """Limits its size, and the time between its parts."""

    def __init__(self, receive: Receive, longest: int) -> None:
        self._receive = receive
        self._longest = longest
        self._read = 0
        self._whole = False

    async def receive(self) -> Message:
        """Raises ApiError."""
        try:
            # After the body comes only that the client hangs up, which takes as long as the answer.
            async with asyncio.timeout(None if self._whole else _BODY_S):
                message = await self._receive()
        except TimeoutError:
            raise ApiError(408, f"no byte of the request came for {_BODY_S:g} s") from None
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            if self._read > self._longest:
                raise too_large(self._longest)
        return message

    def draining(self, send: Send) -> Send:
        """`send` that ends a response only after some of the rest of the request: many clients read
        the answer when they have sent everything, and lose it if the connection is closed."""

        async def drained(message: Message) -> None:
            over = message["type"] == "http.response.body" and not message.get("more_body", False)
            if over and not self._whole:
                await send({**message, "more_body": True})
                await self._drain()
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        return drained

    async def _drain(self) -> None:
        drained = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_S):
                while drained <= _DRAIN and not self._whole:
                    message = await self._receive()
                    drained += len(message.get("body", b""))
                    self._whole = not message.get("more_body", False)


def too_large(longest: int) -> ApiError:
    return ApiError(
        413, f"the request is larger than {longest / 1024**2:g} MiB", code="request_too_large"
    )
