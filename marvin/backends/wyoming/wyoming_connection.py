"""A connection to a Wyoming server, and what may be wrong with it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from marvin.backends.remote.wording import reason
from marvin.backends.wyoming.framing import MOST_LINE, NotWyomingError, read_event
from marvin.boundary.redaction import quotation
from marvin.errors import ModelLoadError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wyoming.event import Event, Eventable

_LOGGER = logging.getLogger(__name__)

_CONNECT_S = 3.0
_MOST_OTHERS = 1_000
"""Maximum number of events in a row that are not what was asked for."""


class WyomingFaultError(Exception):
    """A server cannot be used. The message is for the user: it has the key of models.toml and says
    what to do."""


class NotOfferedError(WyomingFaultError):
    """The server answers, but lacks what models.toml asks for."""


@dataclass(frozen=True, slots=True)
class WyomingWording:
    """Words the errors of one table's server."""

    table: str
    """`stt`, `tts` or `wake`."""
    url: str
    what: str
    """What is requested: `a transcript`, `speech`."""

    def unreachable(self, error: Exception) -> str:
        why = "no answer" if isinstance(error, TimeoutError) else reason(error)
        return (
            f"{self.table}.url: nothing answers at {self.url} ({why}): start the server, or "
            "correct the address"
        )

    def broken(self) -> str:
        return (
            f"{self.table}.url: the server at {self.url} closed the connection early: check its log"
        )

    def slow(self, timeout_s: float) -> str:
        return (
            f"{self.table}.timeout_s: waited {timeout_s:g} s for {self.what} from {self.url}: "
            "raise the limit, or use a smaller model or a faster server"
        )

    def nonsense(self, found: str) -> str:
        return (
            f"{self.table}.url: {self.url} sent {found} instead of {self.what}: is it the right "
            "port, and a Wyoming server?"
        )

    def failed(self, said: str) -> str:
        """Omits the server's own text `said`, which may quote what a user said."""
        return (
            f"{self.table}.url: the server at {self.url} reports an error: check its log; `-vv` "
            "shows its words"
        )


class WyomingConnection:
    """Open with `connected`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wording: WyomingWording
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._wording = wording

    async def send(self, *events: Eventable) -> None:
        """Waits while the server is slow to read. Raises WyomingFaultError."""
        from wyoming.event import async_write_event

        try:
            for one in events:
                await async_write_event(one.event(), self._writer)
        except OSError as error:
            raise WyomingFaultError(self._wording.broken()) from error

    async def receive(self) -> Event:
        """The next event of any type but `error`. Raises WyomingFaultError."""
        try:
            event = await read_event(self._reader)
        except NotWyomingError as error:
            raise WyomingFaultError(self._wording.nonsense(str(error))) from error
        except (OSError, EOFError) as error:
            raise WyomingFaultError(self._wording.broken()) from error
        if event is None:
            raise WyomingFaultError(self._wording.broken())
        if event.type == "error":
            said = quotation(str(event.data.get("text")), None)
            _LOGGER.debug("%s reports an error: %s", self._wording.table, said)
            raise WyomingFaultError(self._wording.failed(said))
        return event

    async def receive_one(self, *types: str) -> Event:
        """The next event of one of the types. Raises WyomingFaultError."""
        for _ in range(_MOST_OTHERS):
            event = await self.receive()
            if event.type in types:
                return event
        raise WyomingFaultError(self._wording.nonsense("a flood of other events"))

    async def describe(self) -> Mapping[str, object]:
        """What the server offers. Raises WyomingFaultError."""
        from wyoming.info import Describe

        await self.send(Describe())
        return (await self.receive_one("info")).data


@contextlib.asynccontextmanager
async def connected(wording: WyomingWording) -> AsyncIterator[WyomingConnection]:
    """Raises WyomingFaultError."""
    parts = urlsplit(wording.url)
    try:
        async with asyncio.timeout(_CONNECT_S):
            reader, writer = await asyncio.open_connection(
                parts.hostname, parts.port, limit=MOST_LINE
            )
    except (OSError, UnicodeError) as error:
        # TimeoutError is an OSError; a host such as `a..b` is a UnicodeError.
        raise WyomingFaultError(wording.unreachable(error)) from error
    try:
        yield WyomingConnection(reader, writer, wording)
    finally:
        # Not `close`, which would first wait until the server has read what is left.
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def check_package(table: str) -> None:
    """Raises ModelLoadError if the package `wyoming` is missing."""
    try:
        import wyoming  # noqa: F401
    except ImportError as error:
        raise ModelLoadError(
            f'{table}.engine = "wyoming" needs the package wyoming, which is missing: '
            '`pip install "marvin-voice[servers]"`'
        ) from error
