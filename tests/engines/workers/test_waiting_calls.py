"""Calls that wait for a busy engine: their order, and what happens when they wait too long."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from marvin.cancellation import CancelToken
from marvin.engines.workers.worker import WorkerTimeoutError
from tests.engines.workers.test_worker import Engine, started


class Hold:
    """A call that keeps the engine busy until it is released."""

    def __init__(self) -> None:
        self.began, self.let_go = threading.Event(), threading.Event()

    def __call__(self, engine: Engine, token: CancelToken) -> Engine:
        self.began.set()
        self.let_go.wait(300)
        return engine


async def test_waiting_calls_run_by_priority_then_in_order() -> None:
    worker, _ = await started()
    hold = Hold()
    done: list[str] = []

    def note(name: str) -> Iterator[int]:
        done.append(name)
        yield 1

    async def stream(name: str, priority: int) -> None:
        numbers = worker.stream(lambda engine, token: note(name), 300.0, priority=priority)
        assert [number async for number in numbers] == [1]

    async def call(name: str, priority: int) -> None:
        await worker.call(lambda engine, token: done.append(name), 300.0, priority=priority)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.call(hold, 300.0))
        assert await asyncio.to_thread(hold.began.wait, 300)
        for make, name, priority in (
            (call, "partial", 1),
            (stream, "partial stream", 1),
            (call, "final", 0),
            (stream, "final stream", 0),
            (call, "urgent", -1),
            (call, "another final", 0),
        ):
            tasks.create_task(make(name, priority))
        # Each joins the queue at its first step.
        await asyncio.sleep(0)
        assert done == []
        hold.let_go.set()
    assert done == [
        "urgent",
        "final",
        "final stream",
        "another final",
        "partial",
        "partial stream",
    ]
    assert await worker.stop(300.0)


async def test_thread_ends_after_all_waiting_calls() -> None:
    worker, _ = await started()
    hold = Hold()
    held = asyncio.create_task(worker.call(hold, 300.0))
    assert await asyncio.to_thread(hold.began.wait, 300)
    last = asyncio.create_task(
        worker.call(lambda engine, token: engine.double(2), 300.0, priority=1_000)
    )
    await asyncio.sleep(0)
    assert not await worker.stop(0.0)
    hold.let_go.set()
    await held
    assert await last == 4


async def test_waiting_too_long_does_not_affect_the_running_call() -> None:
    worker, engine = await started()
    hold = Hold()
    held = asyncio.create_task(worker.call(hold, 300.0))
    assert await asyncio.to_thread(hold.began.wait, 300)
    done: list[str] = []
    with pytest.raises(WorkerTimeoutError):
        await worker.call(lambda engine, token: done.append("late"), 0.02)
    with pytest.raises(WorkerTimeoutError):
        await anext(worker.stream(lambda engine, token: iter(done), 0.02))
    assert worker.abandoned == 0
    hold.let_go.set()
    assert await held is engine
    assert await worker.stop(300.0)
    assert done == []
