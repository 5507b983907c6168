"""A network that fails between a satellite and its Marvin."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from typing import Any

_BLOCK = 4096
_SLOW_S = 0.02
"""Pause before each block of a slow network."""
_BEFORE_GARBAGE = b"\x00\xff this is no event \xfe\n"
_UNKNOWN = b'{"type": "of-tomorrow", "version": "99.0.0", "data": {"shape": [1, {"a": null}]}}\n'


class LinkFault(Enum):
    DROPS_QUESTION = "the connection drops in the middle of the question"
    DROPS_REPLY = "the connection drops in the middle of the reply"
    REFUSES = "no connection is possible"
    HANGS = "nothing arrives any more"
    GARBAGE = "garbage arrives"
    OTHER_VERSION = "events of another version of the protocol arrive"
    SLOW = "the network is slow"


ANSWERED = frozenset({LinkFault.OTHER_VERSION, LinkFault.SLOW})
"""With these a question has to be answered all the same."""
_QUESTION_BYTES, _REPLY_BYTES = 20_000, 20_000
"""Of a connection, until it drops."""


class FailingLink:
    """Forwards connections to a port; what fails can be set at any time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.fault: LinkFault | None = None
        self.connections = self.harmed = 0
        """All of them, and those that a fault has met."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Yields its own port."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        fault = self.fault
        if fault is LinkFault.REFUSES:
            self.harmed += 1
            writer.transport.abort()
            return
        there, out = await asyncio.open_connection("127.0.0.1", self._port)
        ways = (
            asyncio.create_task(self._forward(reader, out, fault, up=True)),
            asyncio.create_task(self._forward(there, writer, fault, up=False)),
        )
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (writer, out):
            end.transport.abort()

    async def _forward(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        fault: LinkFault | None,
        *,
        up: bool,
    ) -> None:
        drops = {
            (LinkFault.DROPS_QUESTION, True): _QUESTION_BYTES,
            (LinkFault.DROPS_REPLY, False): _REPLY_BYTES,
        }.get((fault, up) if fault else (LinkFault.SLOW, up), 0)
        passed = 0
        with suppress(OSError):
            while block := await reader.read(_BLOCK):
                if fault is LinkFault.HANGS and not up:
                    self.harmed += 1
                    await asyncio.get_running_loop().create_future()
                if fault in (LinkFault.GARBAGE, LinkFault.OTHER_VERSION) and not up and not passed:
                    self.harmed += 1
                    garbage = fault is LinkFault.GARBAGE
                    writer.write(_BEFORE_GARBAGE if garbage else _UNKNOWN)
                if fault is LinkFault.SLOW:
                    self.harmed += not passed
                    await asyncio.sleep(_SLOW_S)
                passed += len(block)
                if drops and passed > drops:
                    self.harmed += 1
                    return
                writer.write(block)
                await writer.drain()


def as_json(link: FailingLink) -> dict[str, Any]:
    return {"connections": link.connections, "harmed": link.harmed}
