"""The watchdog on a real event loop with real threads, each of which freezes once."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from pathlib import Path

import pytest

from marvin.cancellation import CancelToken
from marvin.conversation.ear import Ear
from marvin.engines.workers.worker import Worker
from marvin.events import Armed
from marvin.service.systemd.notify import Notify
from marvin.service.systemd.supervision import Supervision
from marvin.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk
from tests.fakes import FakeVad, FakeWake, audio
from tests.service.systemd.receiver import Receiver, receiving

WATCHDOG_S = 1.5
_LIMIT_S = 300.0


class Microphone:
    """An audio thread that delivers until frozen, and its receiver on the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._chunks: asyncio.Queue[AudioChunk] = asyncio.Queue()
        self.frozen = threading.Event()
        self._thread = threading.Thread(target=self._deliver, daemon=True)
        self._thread.start()

    async def chunks(self) -> AsyncGenerator[AudioChunk]:
        while True:
            yield await self._chunks.get()

    def stop(self) -> None:
        self.frozen.set()
        self._thread.join(300)

    def _deliver(self) -> None:
        chunk = audio(".")[0]
        while not self.frozen.wait(CHUNK_SAMPLES / RATE_HZ):
            self._loop.call_soon_threadsafe(self._chunks.put_nowait, chunk)


async def listen(microphone: Microphone, ear: Worker[Ear], supervision: Supervision) -> None:
    """As the assistant does for each chunk."""
    async with aclosing(microphone.chunks()) as chunks:
        async for chunk in chunks:
            await ear.call(partial(hear, chunk), _LIMIT_S)
            supervision.heard()


def hear(chunk: AudioChunk, ear: Ear, token: CancelToken) -> None:
    ear.hear(chunk, armed=True, speaking=False)


@pytest.mark.parametrize("frozen", ["audio thread", "wake worker", "event loop"])
async def test_watchdog_fires_when_one_is_frozen(frozen: str, tmp_path: Path) -> None:
    let_go = threading.Event()
    with receiving(tmp_path / "notify", WATCHDOG_S) as systemd:
        supervision = Supervision(Notify(str(tmp_path / "notify")), WATCHDOG_S)
        ear: Worker[Ear] = Worker("ear", lambda _: Ear(FakeVad(), FakeWake()))
        with supervision.running(asyncio.get_running_loop()):
            await ear.start()
            supervision.report(Armed("marvin", 0.0))
            microphone = Microphone()
            listening = asyncio.create_task(listen(microphone, ear, supervision))
            await healthy(systemd)
            hung: asyncio.Task[object] | None = None
            if frozen == "audio thread":
                microphone.frozen.set()
            elif frozen == "wake worker":
                hung = asyncio.create_task(ear.call(lambda *_: let_go.wait(_LIMIT_S), _LIMIT_S))
            else:
                assert systemd.fired.wait(_LIMIT_S), "the loop is blocked in this line"
            assert await asyncio.to_thread(systemd.fired.wait, _LIMIT_S)
            let_go.set()
            listening.cancel()
            await asyncio.wait({listening} | ({hung} if hung else set()))
            microphone.stop()
            await ear.stop(_LIMIT_S)


async def healthy(systemd: Receiver) -> None:
    """Nothing is frozen: READY arrives, and the watchdog is fed for longer than its limit."""
    await asyncio.to_thread(systemd.wait_for, "READY=1")
    await asyncio.to_thread(systemd.wait_for, "WATCHDOG=1", 5)
    assert not systemd.fired.is_set()
