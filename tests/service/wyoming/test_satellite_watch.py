"""A satellite says that the other Marvin is away, and finds it again."""

import asyncio
import socket

import pytest

from marvin.config.llm import WyomingAgentConfig
from marvin.config.serve_table import ServeConfig
from marvin.config.stt import WyomingTranscriberConfig
from marvin.config.tables import Config
from marvin.engines.engine_set import EngineSet
from marvin.events import Event, ServerBack, ServerLost
from marvin.service.satellite_watch import follow_other_marvin, other_marvin
from marvin.types import AudioChunk
from tests.service.wyoming.serving import fake_engines, serving


def free_address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize("at_start", [True, False])
async def test_other_marvin_is_lost_and_found(at_start: bool) -> None:
    url = free_address()
    config = Config(stt=WyomingTranscriberConfig(url=url), llm=WyomingAgentConfig(url=url))
    events: list[Event] = []
    rung: list[tuple[float, str]] = []
    looked: asyncio.Queue[float] = asyncio.Queue()
    go_on = asyncio.Semaphore(0)

    async def ring(sound: AudioChunk, text: str, rest_s: float) -> bool:
        rung.append((sound.duration_s, text))
        return False

    async def sleep(seconds: float) -> None:
        looked.put_nowait(seconds)
        await go_on.acquire()

    engines = EngineSet(config)

    def watch() -> asyncio.Task[None]:
        return asyncio.create_task(
            follow_other_marvin(config, engines, events.append, ring, sleep=sleep)
        )

    if at_start:
        watching = watch()
    else:
        async with fake_engines() as served, serving(served, ServeConfig(wyoming=url)):
            watching = watch()
            assert await looked.get() > 5
        assert events == []
        go_on.release()
    assert await looked.get() == 5
    go_on.release()
    assert await looked.get() == 5
    async with fake_engines() as served, serving(served, ServeConfig(wyoming=url)):
        go_on.release()
        assert await looked.get() > 5
    watching.cancel()
    await asyncio.wait([watching])
    lost, back = events
    assert isinstance(lost, ServerLost)
    assert lost.message == f"nothing answers at {url}: start `marvin serve --wyoming` there"
    assert isinstance(back, ServerBack)
    assert [text for _, text in rung] == ["The other Marvin does not answer."] * at_start


def test_others_watch_nothing() -> None:
    url = "tcp://bigbox:10400"
    assert other_marvin(Config()) == ""
    assert other_marvin(Config(llm=WyomingAgentConfig(url=url))) == ""
    assert other_marvin(Config(stt=WyomingTranscriberConfig(url=url))) == ""
