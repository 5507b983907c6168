"""A satellite and its Marvin, by Wyoming over loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from marvin.config.llm import WyomingAgentConfig
from marvin.config.serve_table import ServeConfig
from marvin.config.tables import Config
from marvin.conversation.called_rooms import CalledRoom, Rooms
from marvin.conversation.session_room import SessionRoom
from marvin.errors import ConfigError
from marvin.events import AnsweredElsewhere, ServerBack, ServerLost
from marvin.service import room_link
from marvin.service.room_link import RoomLink, join_rooms
from marvin.service.served_engines import ServedEngines
from tests.conversation.test_rooms import COMMAND, FAR, NEAR, CalledOnce
from tests.fake_line import Line, said
from tests.fakes import TURN, FakeSource
from tests.service.wyoming.serving import fake_engines, serving


async def nothing() -> None: ...


@asynccontextmanager
async def satellite(
    port: int, name: str = "kitchen", away: Callable[[], Awaitable[None]] = nothing
) -> AsyncIterator[Line]:
    line = Line(FakeSource(live=True))
    table = WyomingAgentConfig(url=f"tcp://127.0.0.1:{port}", room=name)
    link = RoomLink(table, "marvin", line._note)
    line.room = SessionRoom(name, link, line._note)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(line.run())
        linked = group.create_task(link.run(line.room, away))
        yield line
        line.source.end()
        await running
        linked.cancel()


SERVE = "`marvin serve --wyoming`"


class WatchedRooms(Rooms):
    """Tells when a satellite has joined, and when it has called."""

    def __init__(self) -> None:
        super().__init__(600.0)
        self.joined, self.heard = asyncio.Event(), asyncio.Event()

    def opened(self, room: CalledRoom) -> None:
        super().opened(room)
        self.joined.set()

    def called(self, room: CalledRoom, clearness_db: float) -> CalledRoom:
        if room.name == "kitchen":
            self.heard.set()
        return super().called(room, clearness_db)


@asynccontextmanager
async def home() -> AsyncIterator[tuple[ServedEngines, WatchedRooms]]:
    async with fake_engines() as served:
        rooms = WatchedRooms()
        yield replace(served, rooms=rooms), rooms


async def test_satellite_gives_way_to_a_clearer_room() -> None:
    async with home() as (served, rooms), serving(served) as port, satellite(port) as kitchen:
        await rooms.joined.wait()
        kitchen.source.say(FAR)
        await kitchen.until(lambda: kitchen.states() == ["listening"])
        await rooms.heard.wait()
        study = CalledOnce("study")
        assert rooms.called(study, 90.0) is study
        await kitchen.until(lambda: kitchen.states() == ["listening", "idle"])
    assert kitchen.of(AnsweredElsewhere) == [AnsweredElsewhere("study")]
    assert kitchen.sink.played == []


async def test_satellite_that_hears_it_best_answers_and_the_earlier_room_leaves() -> None:
    async with home() as (served, rooms), serving(served) as port, satellite(port) as kitchen:
        await rooms.joined.wait()
        rooms.called(study := CalledOnce("study"), 5.0)
        kitchen.source.say(NEAR + COMMAND)
        await kitchen.until(lambda: kitchen.states() == TURN)
        await rooms.heard.wait()
    assert study.left_for == "kitchen"
    assert said(kitchen) == ["Hello yourself."]


async def test_announcement_is_spoken_there_once_nothing_else_is() -> None:
    async with home() as (served, rooms), serving(served) as port, satellite(port) as kitchen:
        await rooms.joined.wait()
        kitchen.sink.hold()
        kitchen.source.say(NEAR + COMMAND)
        await kitchen.until(lambda: kitchen.states() == TURN[:3])
        saying = asyncio.create_task(rooms.say("kitchen", "Dinner is ready."))
        kitchen.sink.release()
        await saying
    assert said(kitchen) == ["Hello yourself.", "Dinner is ready."]


async def test_lost_marvin_is_reported_once_and_found_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_link, "_AGAIN_S", (0.01,))
    async with home() as (served, rooms):
        async with serving(served) as port:
            started = satellite(port)
            kitchen = await started.__aenter__()
            await rooms.joined.wait()
        await kitchen.until(lambda: bool(kitchen.of(ServerLost)))
        # Without it the room answers on its own.
        kitchen.source.say(FAR + COMMAND)
        await kitchen.until(lambda: kitchen.states() == TURN)
        async with serving(served, ServeConfig(wyoming=f"tcp://127.0.0.1:{port}")):
            await kitchen.until(lambda: bool(kitchen.of(ServerBack)))
            await rooms.say("kitchen", "Dinner is ready.")
            await started.__aexit__(None, None, None)
    (lost,) = kitchen.of(ServerLost)
    assert isinstance(lost, ServerLost)
    assert lost.message == f"nothing answers at tcp://127.0.0.1:{port}: start {SERVE} there"
    assert said(kitchen)[-1] == "Dinner is ready."


async def test_marvin_that_is_away_from_the_start_is_told_of_and_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_link, "_AGAIN_S", (0.01,))
    told = asyncio.Event()

    async def away() -> None:
        assert not told.is_set()
        told.set()

    async with home() as (served, _):
        async with serving(served) as port:
            pass
        async with satellite(port, "kitchen", away) as kitchen:
            await told.wait()
            async with serving(served, ServeConfig(wyoming=f"tcp://127.0.0.1:{port}")):
                await kitchen.until(lambda: bool(kitchen.of(ServerBack)))
    assert [type(event) for event in kitchen.events[:2]] == [ServerLost, ServerBack]


async def test_refused_room_is_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_link, "_AGAIN_S", (0.01,))
    config = Config(serve=ServeConfig(room="kitchen"))
    async with (
        fake_engines(config=config) as served,
        serving(served) as port,
        satellite(port) as kitchen,
    ):
        await kitchen.until(lambda: bool(kitchen.of(ServerLost)))
    (lost,) = kitchen.of(ServerLost)
    assert isinstance(lost, ServerLost)
    assert lost.message.endswith(
        "refuses this room: the room 'kitchen' is here: choose another name"
    )


async def test_marvin_that_hangs_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_link, "_AGAIN_S", (0.01,))
    monkeypatch.setattr(room_link, "_JOIN_S", 0.05)
    # It connects, and nobody accepts.
    with socket.create_server(("127.0.0.1", 0)) as hung:
        async with satellite(hung.getsockname()[1]) as kitchen:
            await kitchen.until(lambda: bool(kitchen.of(ServerLost)))
    (lost,) = kitchen.of(ServerLost)
    assert isinstance(lost, ServerLost)
    assert "has it hung?" in lost.message


@pytest.mark.parametrize(
    ("config", "key"),
    [
        (Config(llm=WyomingAgentConfig(room="everywhere")), "--name or llm.room"),
        (Config(serve=ServeConfig(room="Everywhere")), "serve.room"),
    ],
)
async def test_own_name_that_means_all_rooms_is_refused(config: Config, key: str) -> None:
    async with fake_engines(config=config) as served:
        with pytest.raises(ConfigError, match=f"{key}: no room can be called"):
            join_rooms(config, served, lambda event: None)
