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


async def test_call_that_gives_way_is_stopped_for_the_next_and_begins_again() -> None:
    worker, _ = await started()
    order: list[str] = []
    began = threading.Event()

    def client(engine: Engine, token: CancelToken) -> str:
        order.append("client")
        began.set()
        while "room" not in order:
            token.check()
            threading.Event().wait(0.001)
        return "transcript"

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(worker.call(client, 300.0, priority=10, gives_way=True))
        assert await asyncio.to_thread(began.wait, 300)
        # Neither one that comes later, nor loading.
        tasks.create_task(
            worker.call(lambda engine, token: order.append("later"), 300.0, priority=11)
        )
        worker.warm()
        await worker.call(lambda engine, token: order.append("room"), 300.0)
    assert waiting.result() == "transcript"
    assert order[:2] == ["client", "room"]
    assert sorted(order[2:]) == ["client", "later"]
    assert await worker.stop(300.0)


async def test_there_is_an_end_of_giving_way() -> None:
    worker, _ = await started()
    begun = threading.Semaphore(0)
    last = threading.Event()
    count = 0

    def client(engine: Engine, token: CancelToken) -> int:
        nonlocal count
        count += 1
        begun.release()
        while not last.is_set():
            token.check()
            threading.Event().wait(0.001)
        return count

    waiting = asyncio.create_task(worker.call(client, 300.0, priority=10, gives_way=True))
    for _ in range(5):
        assert await asyncio.to_thread(begun.acquire, timeout=300)
        await worker.call(lambda engine, token: None, 300.0)
    assert await asyncio.to_thread(begun.acquire, timeout=300)
    room = asyncio.create_task(worker.call(lambda engine, token: None, 300.0))
    await asyncio.sleep(0.01)
    assert not room.done()
    last.set()
    assert await waiting == 6
    await room
    assert await worker.stop(300.0)
