"""Passes what one task makes to another, which may be slower or stop early."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, Generic, TypeVar

ItemT = TypeVar("ItemT")


class Handover(Generic[ItemT]):
    def __init__(self, ahead: int = 1) -> None:
        """`ahead`: maximum number of items that wait."""
        self._items: asyncio.Queue[ItemT | asyncio.Task[None]] = asyncio.Queue()
        self._room = asyncio.Semaphore(ahead)

    async def put(self, item: ItemT) -> None:
        await self._room.acquire()
        self._items.put_nowait(item)

    async def taken_from(self, work: Coroutine[Any, Any, None]) -> AsyncGenerator[ItemT]:
        """Run `work`, which puts items, and yield them. Closing the generator cancels the work.
        Raises what it raises, after its items."""
        task = asyncio.create_task(work)
        # The task itself marks the end of its items.
        task.add_done_callback(self._items.put_nowait)
        try:
            while not isinstance(item := await self._items.get(), asyncio.Task):
                self._room.release()
                yield item
            item.result()
        finally:
            task.cancel()
            await asyncio.wait([task])


def in_own_task(items: AsyncGenerator[ItemT]) -> AsyncGenerator[ItemT]:
    """The same items, all made in one task: a generator with a task group must not move."""
    handover: Handover[ItemT] = Handover()

    async def make() -> None:
        async with aclosing(items):
            async for item in items:
                await handover.put(item)

    return handover.taken_from(make())
