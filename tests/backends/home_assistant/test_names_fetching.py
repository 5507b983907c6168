"""Names come by Home Assistant's websocket API; the server here sends what a real one did."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve  # noqa: TID253 (a test)
from websockets.http11 import Request, Response  # noqa: TID253 (a test)

from marvin.backends.home_assistant.home_names import HomeNames
from marvin.backends.home_assistant.home_server import REJECTS, SILENT, HomeAssistantServer
from marvin.backends.home_assistant.names_fetching import fetch_names
from marvin.errors import HomeAssistantError
from tests.recorded_home import TOKEN, home_config

_NOTES: dict[str, Any] = {
    "created_at": 0.0,
    "floor_id": None,
    "icon": None,
    "labels": [],
    "modified_at": 1.0,
}
RESULTS: dict[str, Any] = {
    "config/area_registry/list": [
        {"aliases": [], "area_id": "living_room", "name": "Living Room", **_NOTES},
        {"aliases": ["Cookery"], "area_id": "kitchen", "name": "Kitchen", **_NOTES},
    ],
    "homeassistant/expose_entity/list": {
        "exposed_entities": {
            "light.kitchen_light": {"conversation": True},
            "light.secret": {"conversation": False},
            "todo.shopping_list": {"conversation": True},
            "lock.front_door": {"conversation": True, "cloud.alexa": False},
        }
    },
    "config/entity_registry/get_entries": {
        "light.kitchen_light": {"aliases": ["Ceiling lamp"], "area_id": "kitchen", "name": None},
        "lock.front_door": None,
    },
    "subscribe_entities": None,
}
STATES = {
    "light.kitchen_light": {"s": "off", "a": {"friendly_name": "Kitchen light"}, "lc": 1.0},
    "lock.front_door": {"s": "locked", "a": {"friendly_name": "Front door"}, "lc": 1.0},
}
FOUND = HomeNames(
    areas=("Living Room", "Kitchen", "Cookery"),
    things=("Kitchen light", "Ceiling lamp"),
    lights=("Kitchen light", "Ceiling lamp"),
    locks=("Front door",),
)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME_ASSISTANT_TOKEN", TOKEN)


async def _answer(socket: ServerConnection, results: Mapping[str, Any]) -> None:
    await socket.send('{"type":"auth_required","ha_version":"2025.4.4"}')
    if json.loads(await socket.recv()) != {"type": "auth", "access_token": TOKEN}:
        await socket.send('{"type":"auth_invalid","message":"Invalid access token or password"}')
        return
    await socket.send('{"type":"auth_ok","ha_version":"2025.4.4"}')
    async for message in socket:
        command = json.loads(message)
        result = results[command["type"]]
        if isinstance(result, bytes):
            await socket.send(result, text=True)
            continue
        answer = {"id": command["id"], "type": "result", "success": True, "result": result}
        if isinstance(result, Exception):
            refusal = {"code": "unauthorized", "message": "Unauthorized"}
            answer = {"id": command["id"], "type": "result", "success": False, "error": refusal}
        await socket.send(json.dumps(answer))
        if command["type"] == "subscribe_entities":
            states = {one: STATES[one] for one in command["entity_ids"]}
            event = {"id": command["id"], "type": "event", "event": {"a": states}}
            await socket.send(json.dumps(event))


@asynccontextmanager
async def home(**changed: Any) -> AsyncIterator[HomeAssistantServer]:
    async def answer(socket: ServerConnection) -> None:
        await _answer(
            socket, {**RESULTS, **{key.replace("__", "/"): changed[key] for key in changed}}
        )

    async with serve(answer, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield HomeAssistantServer(home_config(f"http://127.0.0.1:{port}"))


async def test_areas_and_exposed_devices_with_their_aliases() -> None:
    async with home() as server:
        assert await fetch_names(server) == FOUND


async def test_home_without_exposed_devices() -> None:
    async with home(homeassistant__expose_entity__list={"exposed_entities": {}}) as server:
        assert await fetch_names(server) == HomeNames(areas=FOUND.areas)


async def test_expired_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME_ASSISTANT_TOKEN", "old")
    async with home() as server:
        with pytest.raises(HomeAssistantError, match="rejects the token in HOME_ASSI") as raised:
            await fetch_names(server)
    assert raised.value.notice == REJECTS


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (ValueError(), "use the token of an administrator"),
        (b"{", "something else than names"),
        (b"[]", "something else than names"),
        ([{"name": 5}], "something else than names"),
        ({"a": 1}, "something else than names"),
        (b'"' + b"x" * (8 * 1024 * 1024) + b'"', r"no websocket \(ConnectionClosedError\)"),
    ],
)
async def test_what_is_not_a_list_of_areas(result: object, message: str) -> None:
    async with home(config__area_registry__list=result) as server:
        with pytest.raises(HomeAssistantError, match=message):
            await fetch_names(server)


async def test_token_does_not_follow_a_redirect() -> None:
    asked: list[str] = []

    def elsewhere(connection: ServerConnection, request: Request) -> Response:
        asked.append(request.path)
        response = connection.respond(HTTPStatus.FOUND, "")
        response.headers["Location"] = "/elsewhere"
        return response

    async with serve(
        lambda socket: asyncio.sleep(0), "127.0.0.1", 0, process_request=elsewhere
    ) as at:
        port = next(iter(at.sockets)).getsockname()[1]
        with pytest.raises(HomeAssistantError, match=r"no websocket \(InvalidStatus\)") as raised:
            await fetch_names(HomeAssistantServer(home_config(f"http://127.0.0.1:{port}")))
    assert asked == ["/api/websocket"]
    assert raised.value.notice == SILENT
