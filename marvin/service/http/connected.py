"""Work for a client, which ends when the client hangs up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

from marvin.errors import MarvinError
from marvin.service.handover import in_own_task
from marvin.service.http.api_error import ApiError, failed

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response, StreamingResponse

ResultT = TypeVar("ResultT")

_GONE = 499
"""Status that nobody reads: the client has closed the connection."""


async def while_connected(request: Request, work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """The result of `work`, which is cancelled if the client hangs up before. The request's body
    must have been read.

    Raises:
        ApiError: The client has gone.
        Exception: Raised by the work.
    """
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait([working, gone], return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ApiError(_GONE, "the client has closed the connection")
        return working.result()
    finally:
        working.cancel()
        gone.cancel()
        await asyncio.wait([working, gone])


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def live_response(
    request: Request, parts: AsyncGenerator[bytes], media_type: str
) -> Response:
    """Sends `parts` as they are made. Raises what they raise before the first, so that it can still
    become an error status."""
    from starlette.responses import StreamingResponse

    parts = in_own_task(parts)
    try:
        first = await while_connected(request, _first(parts))
    except BaseException:
        await parts.aclose()
        raise

    async def all_parts() -> AsyncGenerator[bytes]:
        async with aclosing(parts):
            yield first
            async for part in parts:
                yield part

    response: StreamingResponse = StreamingResponse(
        all_parts(),
        media_type=media_type,
        # A proxy must not collect it.
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )
    return response


async def in_thread(function: Callable[..., ResultT], *arguments: object) -> ResultT:
    """The result of a short function, which has ended when this returns or is cancelled: it may use
    what the caller closes."""
    running = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(running)
    finally:
        await asyncio.wait([running])


async def _first(parts: AsyncGenerator[bytes]) -> bytes:
    return await anext(parts, b"")


async def server_sent(
    events: AsyncGenerator[dict[str, Any]], *, end: str = ""
) -> AsyncGenerator[bytes]:
    """Events as a stream, with an error among them if they fail after the first. `end` is its last
    line."""
    begun = False
    try:
        async with aclosing(events):
            async for event in events:
                begun = True
                yield _line(json.dumps(event, ensure_ascii=False))
    except (ApiError, MarvinError) as error:
        if not begun:
            raise
        body = error.body if isinstance(error, ApiError) else failed(error).body
        yield _line(json.dumps({"error": body}))
        return
    if end:
        yield _line(end)


def _line(data: str) -> bytes:
    return f"data: {data}\n\n".encode("utf-8", "replace")
