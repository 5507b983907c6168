"""A server with pages on engines that load at once, and websocket clients in place of browsers."""

import asyncio
import json
import socket
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from marvin.config.tables import Config, SkillsConfig
from marvin.conversation import session
from marvin.conversation.called_rooms import Rooms
from marvin.conversation.ear import Ear
from marvin.engines import engine_set as line
from marvin.engines.engine_set import EngineSet
from marvin.events import Event
from marvin.pcm import to_int16
from marvin.service.assembly import served_engines
from marvin.service.carried_over import CarriedOver
from marvin.service.page.page_routes import Pages
from marvin.service.served_engines import Report, ServedEngines
from marvin.skills.agenda import Agenda
from marvin.skills.skillset import Skillset
from marvin.types import CHUNK_SAMPLES
from tests.fakes import FakeSynthesizer, FakeTranscriber, FakeVad, FakeWake, audio

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

Message = dict[str, Any]


class Tab:
    """A page, without a browser."""

    def __init__(self, socket: "ClientConnection") -> None:
        self.socket = socket
        self.events: list[Message] = []
        self.blocks: list[bytes] = []
        self.plays = True
        """Whether it reports at once that it has played what it was sent."""

    async def command(self, name: str, value: object = None) -> None:
        message = {"command": name} if value is None else {"command": name, "value": value}
        await self.socket.send(json.dumps(message))

    async def say(self, script: str) -> None:
        for chunk in audio(script):
            await self.socket.send(to_int16(chunk.samples).tobytes())

    async def until(self, condition: Callable[[Message], bool]) -> Message:
        """The next event that fulfils the condition."""
        async with asyncio.timeout(120):
            while True:
                message = await self.socket.recv()
                if isinstance(message, bytes):
                    self.blocks.append(message)
                    if self.plays:
                        position = int.from_bytes(message[:8], "little")
                        await self.command("played", position + (len(message) - 8) // 2)
                    continue
                self.events.append(json.loads(message))
                if condition(self.events[-1]):
                    return self.events[-1]

    async def event(self, name: str) -> Message:
        return await self.until(lambda event: event["event"] == name)

    async def state(self, name: str) -> Message:
        return await self.until(lambda event: event.get("after") == name)

    async def closed(self) -> tuple[int, str]:
        """Code and reason, once the server has closed it."""
        from websockets.exceptions import ConnectionClosed

        with pytest.raises(ConnectionClosed) as closed:
            await self.until(lambda event: False)
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code, closed.value.rcvd.reason


class PageServer:
    """Serves pages on a free port."""

    def __init__(self, pages: Pages, served: ServedEngines, port: int) -> None:
        self.pages = pages
        self.served = served
        self.port = port

    def _fetch(self, path: str, method: str) -> tuple[bytes, Any]:
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, method=method)) as response:
            return response.read(), response.headers

    async def fetch(self, path: str, method: str = "GET") -> tuple[bytes, Any]:
        return await asyncio.to_thread(self._fetch, path, method)

    def address(self, ticket: str) -> str:
        return f"ws://127.0.0.1:{self.port}/page/session?ticket={ticket}"

    @asynccontextmanager
    async def tab(self) -> AsyncIterator[Tab]:
        from websockets.asyncio.client import connect

        body, _ = await self.fetch("/page/ticket", "POST")
        async with connect(self.address(json.loads(body)["ticket"])) as socket:
            tab = Tab(socket)
            yield tab


@pytest.fixture
def transcriber() -> FakeTranscriber:
    return FakeTranscriber(*["what is one plus two"] * 20)


@pytest.fixture
def synthesizer() -> FakeSynthesizer:
    return FakeSynthesizer()


@pytest.fixture(scope="module")
def agenda() -> Agenda:
    """Of all tests: the skills take long to compile."""
    return Agenda()


@pytest.fixture(scope="module")
def skillset(agenda: Agenda) -> Skillset:
    return Skillset.load(SkillsConfig(disabled=("units",)), agenda)


@pytest.fixture
def config() -> Config:
    return Config()


@pytest.fixture
def rooms() -> Rooms:
    """Every page answers."""
    return Rooms()


@pytest.fixture
def events() -> list[Event]:
    """Those of the pages, as they reach what follows them."""
    return []


@pytest.fixture
async def server(
    config: Config,
    rooms: Rooms,
    events: list[Event],
    agenda: Agenda,
    skillset: Skillset,
    transcriber: FakeTranscriber,
    synthesizer: FakeSynthesizer,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[PageServer]:
    monkeypatch.setattr(session, "load_ear", lambda config, tap: Ear(FakeVad(), FakeWake()))
    monkeypatch.setattr(line, "load_transcriber", lambda *_: transcriber)
    monkeypatch.setattr(line, "load_synthesizer", lambda *_: synthesizer)
    monkeypatch.setattr(line, "load_skillset", lambda *_: skillset)
    engines = EngineSet(config, agenda=agenda)

    def traced(report: Report) -> Report:
        def follow(event: Event) -> None:
            events.append(event)
            report(event)

        return follow

    served = replace(
        served_engines(engines, config, CarriedOver(agenda=agenda), traced=traced), rooms=rooms
    )
    pages = Pages(served)
    async with engines.running(), serving(pages) as port:
        yield PageServer(pages, served, port)


@asynccontextmanager
async def serving(pages: Pages) -> AsyncIterator[int]:
    """Serve them on a free port."""
    import uvicorn
    from starlette.applications import Starlette

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(
            uvicorn.Config(
                Starlette(routes=pages.routes()),
                log_config=None,
                ws="websockets-sansio",
                lifespan="off",
            )
        )
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await task


BLOCK = bytes(2 * CHUNK_SAMPLES)
