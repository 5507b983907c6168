"""A running daemon whose audio comes from the test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from marvin.config import Loaded
from marvin.config.tables import Config
from marvin.events import Armed, Event, StateChanged, TurnFinished
from marvin.service.daemon import Daemon
from marvin.service.systemd.supervision import Supervision
from tests.fakes import (
    FakeSink,
    FakeSource,
)


class Running:
    """A daemon whose source is fed by the test."""

    def __init__(self, config: Config) -> None:
        self.config: Config | Exception = config
        self.profile = "embedded"
        self.source = FakeSource(live=True)
        self.events: list[Event] = []
        self._changed = asyncio.Event()
        told = Supervision.from_environment({})
        self.sink = FakeSink()
        self.daemon = Daemon(self._load(), self._load, self.source, self.sink, self._report, told)

    def _load(self) -> Loaded:
        if isinstance(self.config, Exception):
            raise self.config
        return Loaded(self.config, {}, self.profile, "as configured")

    def _report(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    def count(self, kind: type[Event]) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    def state(self) -> str:
        states = [event.after.value for event in self.events if isinstance(event, StateChanged)]
        return states[-1] if states else "idle"

    def idle_after(self, turns: int) -> bool:
        return self.count(TurnFinished) == turns and self.state() == "idle"

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(300):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[Running]:
    one = Running(config)
    task = asyncio.create_task(one.daemon.run(None))
    try:
        await one.until(lambda: one.count(Armed) == 1)
        yield one
        one.source.end()
        async with asyncio.timeout(300):
            await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
