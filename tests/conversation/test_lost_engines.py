"""What happens to the calls and the thread of an engine that hangs or cannot be reloaded."""

import asyncio
import threading
import weakref
from collections.abc import Iterator
from contextlib import aclosing, suppress

import pytest

from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.engines.workers.worker import (
    HANGS_IN_A_ROW,
    Worker,
    WorkerFailedError,
    WorkerTimeoutError,
)
from marvin.errors import ModelMissingError, StageError
from tests.conversation.test_giving_up import Despair
from tests.engines.workers.test_worker import Engine


class Loads:
    """Loads engines; from the second on it waits or fails."""

    def __init__(self, error: Exception | None = None, *, waits: bool = False) -> None:
        self.count = 0
        self.began, self.let_go = threading.Event(), threading.Event()
        self._error, self._waits = error, waits

    def __call__(self, _: Place) -> Engine:
        self.count += 1
        if self.count > 1:
            self.began.set()
            if self._waits:
                self.let_go.wait(300)
            if self._error is not None:
                raise self._error
        return Engine()


async def unloaded(loads: Loads) -> Worker[Engine]:
    """A worker whose idle engine has been unloaded."""
    worker = Worker("marvin-test", loads, idle_unload_s=0.02)
    await worker.start()
    engine = await worker.call(lambda engine, token: engine, 300.0)
    await asyncio.to_thread(engine.closed.wait, 300)
    return worker


@pytest.mark.parametrize(
    ("error", "kind"),
    [(ModelMissingError("its files are gone"), StageError), (KeyError("bug"), WorkerFailedError)],
)
async def test_engine_that_cannot_be_reloaded_fails_each_call_but_not_the_process(
    error: Exception, kind: type[Exception]
) -> None:
    worker = await unloaded(Loads(error))
    worker.warm()
    for _ in range(2):
        with pytest.raises(kind, match=str(error)) as raised:
            await worker.call(lambda engine, token: engine.double(1), 300.0)
        assert isinstance(raised.value, StageError)
    assert worker.abandoned == 0
    assert await worker.stop(300.0)


async def test_call_that_waits_for_its_engine_does_not_load_it_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marvin.engines.workers.worker.GRACE_S", 0.02)
    loads = Loads(waits=True)
    worker = await unloaded(loads)
    worker.warm()
    assert await asyncio.to_thread(loads.began.wait, 300)
    with pytest.raises(WorkerTimeoutError):
        await worker.call(lambda engine, token: engine.double(1), 0.02)
    assert (worker.abandoned, loads.count) == (0, 2)
    loads.let_go.set()
    assert await worker.call(lambda engine, token: engine.double(2), 300.0) == 4
    await worker.stop(300.0)


async def test_call_that_hangs_after_a_slow_load_costs_its_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marvin.engines.workers.worker.GRACE_S", 0.02)
    monkeypatch.setattr("marvin.engines.workers.worker.HANGS_S", 0.02)
    loads, let_go = Loads(waits=True), threading.Event()
    worker = await unloaded(loads)
    with pytest.raises(WorkerTimeoutError):
        await worker.call(lambda engine, token: let_go.wait(300), 0.02)
    assert worker.abandoned == 0
    loads.let_go.set()
    async with asyncio.timeout(300):
        while worker.abandoned == 0:  # noqa: ASYNC110 (nobody waits for the call)
            await asyncio.sleep(0.01)
    assert await worker.call(lambda engine, token: engine.double(2), 300.0) == 4
    let_go.set()
    await worker.stop(300.0)


async def test_hanging_call_abandoned_while_stopping_costs_its_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marvin.engines.workers.worker.GRACE_S", 300.0)
    monkeypatch.setattr("marvin.engines.workers.worker.HANGS_S", 0.02)
    loads, over, let_go = Loads(), threading.Event(), threading.Event()
    worker: Worker[Engine] = Worker("marvin-test", loads)
    await worker.start()

    def hang(engine: Engine, token: CancelToken) -> None:
        with token.on_cancel(over.set):
            let_go.wait(300)

    waiting = asyncio.create_task(worker.call(hang, 0.02))
    assert await asyncio.to_thread(over.wait, 300)
    waiting.cancel()
    assert await asyncio.to_thread(loads.began.wait, 300)
    assert await worker.call(lambda engine, token: engine.double(2), 300.0) == 4
    let_go.set()
    await worker.stop(300.0)


async def test_engine_that_never_loads_is_loaded_on_another_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marvin.engines.workers.worker.GRACE_S", 0.02)
    monkeypatch.setattr("marvin.engines.workers.thread.LONGEST_LOAD_S", 0.0)
    loads = Loads(waits=True)
    worker = await unloaded(loads)
    worker.warm()
    assert await asyncio.to_thread(loads.began.wait, 300)
    with pytest.raises(WorkerTimeoutError):
        await worker.call(lambda engine, token: engine.double(1), 0.02)
    assert worker.abandoned == 1
    loads.let_go.set()
    assert await worker.call(lambda engine, token: engine.double(2), 300.0) == 4
    await worker.stop(300.0)


async def test_caller_of_a_hanging_call_does_not_also_wait_for_the_new_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marvin.engines.workers.worker.GRACE_S", 0.02)
    loads, let_go = Loads(ModelMissingError("its files are gone"), waits=True), threading.Event()
    worker: Worker[Engine] = Worker("marvin-test", loads)
    await worker.start()
    with pytest.raises(WorkerTimeoutError):
        await worker.call(lambda engine, token: let_go.wait(300), 0.02)
    assert worker.abandoned == 1
    loads.let_go.set()
    with pytest.raises(StageError, match="its files are gone"):
        await worker.call(lambda engine, token: engine.double(2), 300.0)
    let_go.set()
    await worker.stop(300.0)


async def test_two_calls_hanging_together_cost_one_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marvin.engines.workers.worker.GRACE_S", 0.02)
    loads, let_go = Loads(), threading.Event()
    worker: Worker[Engine] = Worker("marvin-test", loads)
    await worker.start()
    calls = [worker.call(lambda engine, token: let_go.wait(300), 0.02) for _ in range(2)]
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(error) for error in errors] == [WorkerTimeoutError] * 2
    assert await worker.call(lambda engine, token: engine.double(2), 300.0) == 4
    assert (worker.abandoned, loads.count) == (1, 2)
    let_go.set()
    await worker.stop(300.0)


@pytest.mark.parametrize("kind", ["call", "stream"])
async def test_hanging_call_without_a_caller_costs_its_thread(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marvin.engines.workers.worker.HANGS_S", 0.02)
    loads, began, let_go = Loads(), threading.Event(), threading.Event()
    worker: Worker[Engine] = Worker("marvin-test", loads)
    await worker.start()

    def hang(engine: Engine, token: CancelToken) -> Iterator[int]:
        began.set()
        let_go.wait(300)
        return iter(())

    async def wait() -> None:
        if kind == "call":
            await worker.call(hang, 10.0)
        else:
            await anext(worker.stream(hang, 10.0))

    waiting = asyncio.create_task(wait())
    assert await asyncio.to_thread(began.wait, 300)
    waiting.cancel()
    assert await asyncio.to_thread(loads.began.wait, 300)
    assert await worker.call(lambda engine, token: engine.double(2), 300.0) == 4
    let_go.set()
    await worker.stop(300.0)


@pytest.mark.parametrize("how", ["fails", "is left"])
async def test_failed_call_does_not_keep_the_engine_alive(how: str) -> None:
    engines: list[weakref.ref[Engine]] = []
    freed = threading.Event()

    def load(_: Place) -> Engine:
        engine = Engine()
        engines.append(weakref.ref(engine))
        engine.close = freed.set  # type: ignore[method-assign]
        return engine

    def count(engine: Engine, token: CancelToken) -> Iterator[int]:
        yield 1
        if how == "fails":
            raise StageError("not this time")
        engine.wait("stream", token)

    worker: Worker[Engine] = Worker("marvin-test", load, idle_unload_s=0.02)
    await worker.start()
    with suppress(StageError):
        async with aclosing(worker.stream(count, 300.0)) as numbers:
            async for _ in numbers:
                if how == "is left":
                    break
    await asyncio.to_thread(freed.wait, 300)
    # Once it has stopped, it has also freed what it unloaded.
    assert await worker.stop(300.0)
    assert engines[0]() is None


async def test_calls_that_end_late_do_not_count_as_hanging(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = Despair(monkeypatch)
    await one.worker.start()
    for _ in range(HANGS_IN_A_ROW + 1):
        assert await asyncio.to_thread(one.loaded.acquire, timeout=300)
        slow = one.worker._thread
        assert slow is not None
        await one.hang()
        # It ends after its thread was given up, as a long step of a large model does.
        one.let_go.set()
        assert await asyncio.to_thread(slow.join, 300.0)
        one.let_go.clear()
    assert (one.worker.abandoned, one.said.qsize()) == (HANGS_IN_A_ROW + 1, 0)
    await one.stop()
