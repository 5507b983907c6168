"""A worker whose calls hang even after reloading its engine."""

import asyncio
import threading

import pytest

from marvin.backends.pretrained.place import Place
from marvin.cancellation import CancelToken
from marvin.engines.workers.worker import (
    HANGS_IN_A_ROW,
    Worker,
    WorkerFailedError,
    WorkerTimeoutError,
)
from tests.engines.workers.test_worker import Engine


class Despair:
    """A worker whose calls may hang, and what it reports when it gives up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("marvin.engines.workers.worker.GRACE_S", 0.02)
        monkeypatch.setattr("marvin.engines.workers.worker.HANGS_S", 0.02)
        self.let_go = threading.Event()
        self.loaded = threading.Semaphore(0)
        self.said: asyncio.Queue[str] = asyncio.Queue()
        self.worker: Worker[Engine] = Worker(
            "marvin-test", self._load, despair=lambda error: self.said.put_nowait(str(error))
        )

    async def hang(self) -> None:
        with pytest.raises(WorkerTimeoutError):
            await self.worker.call(lambda engine, token: self.let_go.wait(300), 0.02)

    async def leave(self) -> None:
        """Make a call that hangs, and stop waiting for it."""
        began = threading.Event()

        def hang(engine: Engine, token: CancelToken) -> None:
            began.set()
            self.let_go.wait(300)

        call = asyncio.create_task(self.worker.call(hang, 300.0))
        assert await asyncio.to_thread(began.wait, 300)
        call.cancel()

    async def stop(self) -> None:
        self.let_go.set()
        assert await self.worker.stop(300.0)

    def _load(self, _: Place) -> Engine:
        self.loaded.release()
        return Engine()


async def test_three_hanging_calls_in_a_row_give_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = Despair(monkeypatch)
    await one.worker.start()
    assert await one.worker.call(lambda engine, token: engine.double(1), 300.0) == 2
    for hangs in range(HANGS_IN_A_ROW):
        assert (one.worker.abandoned, one.said.qsize()) == (hangs, 0)
        await one.hang()
    said = one.said.get_nowait()
    assert "marvin-test hangs: 3 calls in a row" in said
    assert "restart Marvin" in said
    await one.stop()


@pytest.mark.parametrize("well", [True, False])
async def test_successful_call_in_between_resets_the_count(
    well: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Despair(monkeypatch)
    await one.worker.start()
    for _ in range(HANGS_IN_A_ROW):
        await one.hang()
        if well:
            await one.worker.call(lambda engine, token: engine.double(1), 300.0)
        else:
            with pytest.raises(WorkerFailedError):
                await one.worker.call(lambda engine, token: 1 // 0, 300.0)
    assert (one.worker.abandoned, one.said.qsize()) == (HANGS_IN_A_ROW, 0)
    await one.stop()


async def test_hanging_calls_count_although_nobody_waits_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = Despair(monkeypatch)
    await one.worker.start()
    for _ in range(HANGS_IN_A_ROW):
        # Each time on a new engine, which has been loaded.
        assert await asyncio.to_thread(one.loaded.acquire, timeout=300)
        await one.leave()
    async with asyncio.timeout(300):
        assert "marvin-test hangs" in await one.said.get()
    await one.stop()
