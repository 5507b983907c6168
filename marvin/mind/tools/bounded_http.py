"""An HTTP client for MCP servers, with limits on what they send."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from marvin.mind.tools.bounded_stdio import LONGEST_MESSAGE, FloodError, Flow

if TYPE_CHECKING:
    import httpx2

_CONNECT_S = 3.0
_SILENT_S = 300.0
"""A stream of the server's own messages may be silent for so long. Calls have their own limit."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@asynccontextmanager
async def bounded_client(url: str, key: str | None) -> AsyncGenerator["httpx2.AsyncClient"]:
    import httpx2

    flow = Flow()
    headers = {"Accept-Encoding": "identity"}
    if key:
        headers["Authorization"] = f"Bearer {key}"

    async def bound(response: httpx2.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            # A small answer could unpack to a huge one.
            raise httpx2.RemoteProtocolError("compressed, although that was not asked for")
        original = response.stream
        assert isinstance(original, httpx2.AsyncByteStream)
        response.stream = _bounded(original, flow)

    async with httpx2.AsyncClient(
        headers=headers,
        timeout=httpx2.Timeout(_SILENT_S, connect=_CONNECT_S),
        # Proxies cannot reach servers on this machine.
        trust_env=urlsplit(url).hostname not in _LOOPBACK,
        event_hooks={"response": [bound]},
    ) as client:
        yield client


def _bounded(original: "httpx2.AsyncByteStream", flow: Flow) -> "httpx2.AsyncByteStream":
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            total = 0
            async for piece in original:
                total += len(piece)
                try:
                    flow.take(len(piece))
                except FloodError:
                    total = LONGEST_MESSAGE + 1
                if total > LONGEST_MESSAGE:
                    raise httpx2.ReadError("it sends too much, so it was cut off")
                yield piece

        async def aclose(self) -> None:
            await original.aclose()

    return Bounded()
