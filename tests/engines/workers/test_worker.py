"""One thread per engine: results, errors, cancelling, giving up."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from marvin.backends.pretrained.place import Place
from marvin.cancellation import Cancelled, CancelToken
from marvin.engines.workers.worker import Worker, WorkerFailedError, WorkerTimeoutError
from marvin.errors import SkillError


class Engine:
    def __init__(self) -> None:
        self.thread = threading.current_thread().name
        self.cancelled: list[str] = []
        self.waits = threading.Event()
        """Set while a call is in `wait`."""
        self.closed = threading.Event()

    def double(self, number: int) -> int:
        return 2 * number

    def wait(self, name: str, token: CancelToken) -> None:
        self.waits.set()
        try:
            while True:
                token.check()
                time.sleep(0.002)
        except Cancelled:
            self.cancelled.append(name)
            raise

    def count(self, to: int, token: CancelToken) -> Iterator[int]:
        for number in range(to):
            token.check()
            yield number

    def close(self) -> None:
        self.closed.set()


async def started(engine: Engine | None = None) -> tuple[Worker[Engine], Engine]:
    engine = engine or Engine()
    worker = Worker("marvin-test", lambda _: engine)
    await worker.start()
    return worker, engine


async def test_engine_is_loaded_and_used_on_the_worker_s_thread() -> None:
    worker: Worker[Engine] = Worker("marvin-test", lambda _: Engine())
    await worker.start()
    name = await worker.call(
        lambda engine, token: (engine.thread, threading.current_thread().name), 1.0
    )
    assert name == ("marvin-test", "marvin-test")
    assert await worker.call(lambda engine, token: engine.double(4), 300.0) == 8
    assert await worker.stop(300.0)


async def test_engine_that_does_not_load_gives_the_reason() -> None:
    def load(_: Place) -> Engine:
        raise ValueError("no such model")

    with pytest.raises(ValueError, match="no such model"):
        await Worker("marvin-test", load).start()


async def test_time_limit_of_a_call_starts_when_the_engine_is_loaded() -> None:
    may = threading.Event()

    def load(_: Place) -> Engine:
        assert may.wait(300)
        return Engine()

    worker: Worker[Engine] = Worker("marvin-test", load)
    worker.begin()
    limit_s = 0.5
    call = asyncio.create_task(worker.call(lambda engine, token: engine.double(3), limit_s))
    stream = worker.stream(lambda engine, token: engine.count(3, token), limit_s)
    first = asyncio.ensure_future(anext(stream))
    await asyncio.wait([call, first], timeout=limit_s + 0.1)
    assert not call.done()
    assert not first.done()
    may.set()
    assert await call == 6
    assert await first == 0
    await stream.aclose()
    assert await worker.stop(300.0)


async def test_call_of_an_engine_that_does_not_load_gives_the_reason() -> None:
    def load(_: Place) -> Engine:
        raise ValueError("no such model")

    worker: Worker[Engine] = Worker("marvin-test", load)
    worker.begin()
    with pytest.raises(ValueError, match="no such model"):
        await worker.call(lambda engine, token: engine.double(3), 300.0)
    assert await worker.stop(300.0)


async def test_error_of_a_call_reaches_the_caller_and_the_worker_continues() -> None:
    worker, _ = await started()

    def lamp(engine: Engine, token: CancelToken) -> None:
        raise SkillError("no such lamp")

    with pytest.raises(SkillError, match="no such lamp"):
        await worker.call(lamp, 300.0)
    with pytest.raises(WorkerFailedError, match="ZeroDivisionError") as raised:
        await worker.call(lambda engine, token: 1 // 0, 300.0)
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    assert await worker.call(lambda engine, token: 7, 300.0) == 7
    await worker.stop(300.0)


async def test_timeout_raised_by_the_call_itself_is_a_failure_not_a_limit() -> None:
    worker, _ = await started()

    def impatient(engine: Engine, token: CancelToken) -> None:
        raise TimeoutError("the network")

    with pytest.raises(WorkerFailedError, match="the network"):
        await worker.call(impatient, 300.0)
    assert worker.abandoned == 0
    await worker.stop(300.0)


async def test_cancelling_stops_only_its_own_call() -> None:
    worker, engine = await started()
    first = asyncio.create_task(worker.call(lambda engine, token: engine.wait("a", token), 300.0))
    second = asyncio.create_task(worker.call(lambda engine, token: engine.double(1), 300.0))
    assert await asyncio.to_thread(engine.waits.wait, 300)
    first.cancel()
    assert await second == 2
    assert engine.cancelled == ["a"]
    assert worker.abandoned == 0
    await worker.stop(300.0)


async def test_call_over_its_time_limit_is_stopped_by_its_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marvin.engines.workers.worker.GRACE_S", 300.0)
    worker, engine = await started()
    with pytest.raises(WorkerTimeoutError, match=r"marvin-test took longer than 0\.05 s"):
        await worker.call(lambda engine, token: engine.wait("a", token), 0.05)
    assert engine.cancelled == ["a"]
    assert worker.abandoned == 0
    await worker.stop(300.0)


async def test_hanging_call_costs_its_thread_but_not_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marvin.engines.workers.worker.GRACE_S", 0.05)
    let_go = threading.Event()
    worker: Worker[Engine] = Worker("marvin-test", lambda _: Engine())
    await worker.start()
    with pytest.raises(WorkerTimeoutError):
        await worker.call(lambda engine, token: let_go.wait(300), 0.05)
    assert worker.abandoned == 1
    assert await worker.call(lambda engine, token: engine.double(3), 300.0) == 6
    let_go.set()
    assert await worker.stop(300.0)


async def test_items_come_as_they_are_made_and_stop_when_the_reader_leaves() -> None:
    worker, _ = await started()
    numbers = worker.stream(lambda engine, token: engine.count(1_000_000, token), 300.0)
    assert [await anext(numbers) for _ in range(3)] == [0, 1, 2]
    await numbers.aclose()
    # The thread is free again: it did not count to the million.
    assert await worker.call(lambda engine, token: engine.double(2), 300.0) == 4
    await worker.stop(300.0)


async def test_stream_ends_and_its_errors_reach_the_reader() -> None:
    worker, _ = await started()
    numbers = [n async for n in worker.stream(lambda e, token: e.count(100, token), 300.0)]
    assert numbers == list(range(100))

    def broken(engine: Engine, token: CancelToken) -> Iterator[int]:
        yield 1
        raise OSError("broken")

    with pytest.raises(WorkerFailedError, match="OSError: broken"):
        async for _ in worker.stream(broken, 300.0):
            pass
    await worker.stop(300.0)


async def test_stalled_stream_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marvin.engines.workers.worker.GRACE_S", 300.0)
    worker, engine = await started()

    def stall(engine: Engine, token: CancelToken) -> Iterator[int]:
        yield 1
        engine.wait("stream", token)

    with pytest.raises(WorkerTimeoutError, match=r"said nothing for 0\.05 s"):
        async for _ in worker.stream(stall, 0.05):
            pass
    assert engine.cancelled == ["stream"]
    await worker.stop(300.0)


async def test_stopping_closes_the_engine_and_reports_failure_to_do_so() -> None:
    worker, engine = await started()
    assert await worker.stop(300.0)
    assert engine.closed.is_set()

    began, let_go = threading.Event(), threading.Event()

    def hang(engine: Engine, token: CancelToken) -> None:
        began.set()
        let_go.wait(300)

    worker, _ = await started()
    task = asyncio.create_task(worker.call(hang, 300.0))
    assert await asyncio.to_thread(began.wait, 300)
    assert not await worker.stop(0.05)
    let_go.set()
    await task
