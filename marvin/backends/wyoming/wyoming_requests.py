"""Requests to a Wyoming server from a worker thread, with time limits.

Each request has a connection of its own, as Home Assistant's have: some servers close it after one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from marvin.backends.remote.private_loop import PrivateLoop
from marvin.backends.wyoming.wyoming_connection import (
    NotOfferedError,
    WyomingConnection,
    WyomingFaultError,
    WyomingWording,
    connected,
)
from marvin.backends.wyoming.wyoming_offer import DOMAINS, WyomingOffer, domains, read_offer
from marvin.errors import StageError

if TYPE_CHECKING:
    from wyoming.event import Event, Eventable

    from marvin.cancellation import CancelToken

ResultT = TypeVar("ResultT")


async def fetch_offer(
    connection: WyomingConnection, wording: WyomingWording, domain: str, things: str
) -> WyomingOffer:
    """What the server has for a stage; `domain` and `things` are those of `read_offer`. Raises
    WyomingFaultError."""
    info = await connection.describe()
    offer = read_offer(info, domain, things)
    if offer is None:
        raise NotOfferedError(
            f"{wording.table}.url: the server at {wording.url} has no {DOMAINS[domain]}, "
            f"but {domains(info)}: is it the right port?"
        )
    return offer


class WyomingRequests:
    """The server of one stage. Used by one thread at a time."""

    def __init__(
        self,
        wording: WyomingWording,
        timeout_s: float,
        failure: type[StageError],
        domain: str,
        things: str,
    ) -> None:
        """Does not connect: the server may be started later.

        Args:
            wording: The error messages.
            timeout_s: For a request, or for each event of a stream.
            failure: The error class of the stage.
            domain: As for `read_offer`.
            things: As for `read_offer`.
        """
        self._wording = wording
        self._timeout_s = timeout_s
        self._failure = failure
        self._kind = domain, things
        self._offer: WyomingOffer | None = None
        """Until a request fails: the server may have been replaced."""
        self._loop = PrivateLoop()

    def ask(
        self,
        talk: Callable[[WyomingConnection, WyomingOffer], Awaitable[ResultT]],
        token: CancelToken,
    ) -> ResultT:
        """Raises `failure`, Cancelled. `timeout_s` covers everything."""

        async def once() -> ResultT:
            offer = await self._fetched_offer()
            async with connected(self._wording) as connection:
                return await talk(connection, offer)

        return self._loop.run(self._limited(once), token)

    @contextlib.contextmanager
    def stream(
        self, request: Callable[[WyomingOffer], Eventable], token: CancelToken
    ) -> Iterator[Iterator[Event]]:
        """The events that answer a request, endlessly. Raises `failure`, Cancelled, also while they
        are read."""
        stack = contextlib.AsyncExitStack()

        async def begin() -> WyomingConnection:
            event = request(await self._fetched_offer())
            connection = await stack.enter_async_context(connected(self._wording))
            await connection.send(event)
            return connection

        try:
            yield self._events(self._loop.run(self._limited(begin), token), token)
        finally:
            self._loop.finish(stack.aclose())

    def nonsense(self, found: str) -> StageError:
        """The error for a useless answer."""
        return self._failure(self._wording.nonsense(found))

    def close(self) -> None:
        self._loop.close()

    def _events(self, connection: WyomingConnection, token: CancelToken) -> Iterator[Event]:
        while True:
            yield self._loop.run(self._limited(connection.receive), token)

    async def _fetched_offer(self) -> WyomingOffer:
        if self._offer is None:
            async with connected(self._wording) as connection:
                self._offer = await fetch_offer(connection, self._wording, *self._kind)
        return self._offer

    async def _limited(self, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await work()
        except TimeoutError:
            self._offer = None
            raise self._failure(self._wording.slow(self._timeout_s)) from None
        except WyomingFaultError as error:
            self._offer = None
            raise self._failure(str(error)) from error
