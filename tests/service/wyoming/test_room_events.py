"""Satellites as rooms: what they tell of a call, and what is announced in them."""
# ruff: noqa: TID253 - the official client, which these tests are about

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from wyoming.error import Error
from wyoming.info import Attribution, Info, Satellite
from wyoming.ping import Ping, Pong
from wyoming.snd import Played
from wyoming.wake import Detection

from marvin.config.serve_table import ServeConfig
from marvin.config.tables import Config
from marvin.conversation.called_rooms import Rooms
from marvin.errors import ControlError
from tests.service.wyoming.serving import Client, fake_engines, serving


def info(name: str) -> Info:
    by = Attribution("somebody", "https://example.net")
    return Info(satellite=Satellite(name, by, True, "a satellite", "1"))


def call(clearness_db: object) -> Detection:
    return Detection("marvin", context={"clearness_db": clearness_db})


@asynccontextmanager
async def satellites(*names: str, rooms: Rooms | None = None) -> AsyncIterator[tuple[Any, ...]]:
    """The rooms, and connected clients with these names."""
    rooms = rooms or Rooms(1.0, lambda: 0.0)
    config = Config(serve=ServeConfig(room="Living Room"))
    async with (
        fake_engines(config=config) as served,
        serving(replace(served, rooms=rooms)) as port,
        asyncio.TaskGroup(),
    ):
        clients = [Client(port) for _ in names]
        for client, name in zip(clients, names, strict=True):
            await client.connect()
            # A pong: the event before it was served.
            assert (await client.told(info(name), Ping())).type == "pong"
        yield rooms, *clients
        for client in clients:
            await client.disconnect()


async def test_less_clear_satellite_is_told_that_another_room_answers() -> None:
    async with satellites("kitchen", "hall") as (_, kitchen, hall):
        assert (await kitchen.told(call(30.0), Ping())).type == "pong"
        event = await hall.told(call(20.0))
        assert (event.type, event.data["context"]) == ("not-detected", {"room": "kitchen"})


async def test_satellite_that_was_first_is_told_of_a_clearer_one() -> None:
    async with satellites("kitchen", "hall") as (_, kitchen, hall):
        assert (await kitchen.told(call(10.0), Ping())).type == "pong"
        assert (await hall.told(call(30.0), Ping())).type == "pong"
        event = await kitchen.read_event()
        assert (event.type, event.data["context"]) == ("not-detected", {"room": "hall"})


@pytest.mark.parametrize("clearness", ["loud", None, float("inf"), [1]])
async def test_satellite_that_does_not_say_how_clearly_it_hears_gives_way(
    clearness: object,
) -> None:
    async with satellites("kitchen", "hall") as (_, kitchen, hall):
        await kitchen.told(call(10.0), Ping())
        assert (await hall.told(call(clearness))).type == "not-detected"


async def test_announcement_is_spoken_by_the_satellite_of_that_name() -> None:
    async with satellites("Kitchen", "hall") as (rooms, kitchen, hall):
        saying = asyncio.create_task(rooms.say("the kitchen", "Dinner is ready."))
        assert (await kitchen.read_event()).type == "ping"
        event = await kitchen.told(Pong())
        assert (event.type, event.data["text"]) == ("synthesize", "Dinner is ready.")
        assert not saying.done()
        await kitchen.ask(Played())
        await saying
        # Nothing of it went elsewhere.
        assert (await hall.told(Ping("still there"))).data == {"text": "still there"}


async def test_everywhere_reports_the_rooms_that_did_not_hear_it() -> None:
    async with satellites("kitchen", "hall") as (rooms, kitchen, hall):
        saying = asyncio.create_task(rooms.say("everywhere", "Dinner is ready."))
        for client, answer in ((kitchen, Played()), (hall, Error("no sound\x1b[2J"))):
            assert (await client.read_event()).type == "ping"
            assert (await client.told(Pong())).type == "synthesize"
            await client.ask(answer)
        with pytest.raises(ControlError, match=r"not announced in hall: no sound"):
            await saying


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("kitchn", r"no room called 'kitchn' \(did you mean kitchen\?\): rooms are kitchen, hall"),
        ("attic", r"no room called 'attic': rooms are kitchen, hall"),
    ],
)
async def test_unknown_room_is_refused_with_those_that_exist(where: str, message: str) -> None:
    async with satellites("kitchen", "hall") as (rooms, *_):
        with pytest.raises(ControlError, match=message):
            await rooms.say(where, "Dinner is ready.")


async def test_text_that_would_be_cut_off_is_refused() -> None:
    async with satellites("kitchen") as (rooms, _):
        with pytest.raises(ControlError, match="at most 20000 characters"):
            await rooms.say("kitchen", "x" * 60_000)


async def test_lost_satellite_is_named_as_lost_until_it_is_back() -> None:
    async with satellites("kitchen", "hall") as (rooms, kitchen, hall):
        saying = asyncio.create_task(rooms.say("kitchen", "Dinner is ready."))
        await kitchen.read_event()
        await kitchen.told(Pong())
        await kitchen.disconnect()
        with pytest.raises(ControlError, match="kitchen: the connection to it was lost"):
            await saying
        with pytest.raises(ControlError, match="kitchen is not connected any more"):
            await rooms.say("kitchen", "Dinner is ready.")
        assert list(rooms.names()) == ["hall"]
        await hall.told(info("kitchen"), Ping())
        assert list(rooms.names()) == ["kitchen"]


async def test_satellite_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marvin.service.wyoming.room_events._ANSWERS_S", 0.05)
    async with satellites("kitchen") as (rooms, _):
        with pytest.raises(ControlError, match="it does not answer: is it switched on"):
            await rooms.say("kitchen", "Dinner is ready.")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("k" * 41, "a room's name has at most 40 characters"),
        ("the living room", "the room 'the living room' is here: choose another name"),
        ("Everywhere", "no room can be called 'Everywhere': choose another name"),
        ("the", "no room can be called 'the': choose another name"),
    ],
)
async def test_name_that_cannot_be_used_is_refused(name: str, message: str) -> None:
    async with satellites("hall") as (_, hall):
        assert (await hall.told(info(name))).data["text"] == message
        assert await hall.read_event() is None


async def test_other_programs_are_no_rooms() -> None:
    async with satellites("hall") as (rooms, hall):
        assert (await hall.told(Info(), info("  "), Played(), call(3.0), Ping())).type == "pong"
        assert list(rooms.names()) == ["hall"]
