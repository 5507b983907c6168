"""Fetches the names of a home by Home Assistant's websocket API, the only one that has aliases and
what is exposed to Assist."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

from marvin.backends.home_assistant.home_names import KINDS, HomeNames, NamesFound
from marvin.backends.home_assistant.home_server import REJECTS, SILENT, UNCLEAR, HomeAssistantServer
from marvin.backends.remote.wording import reason
from marvin.boundary.files import parse_json
from marvin.errors import HomeAssistantError

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

EXTRA = (
    "home_assistant.names: needs the package websockets: `pip install 'marvin-voice[servers]'`, "
    "or set it to false"
)
_LIMIT_S = 30.0
_LONGEST = 8 * 1024 * 1024
"""Bytes of a message: a home of ten thousand devices takes three million."""
_MOST_DEVICES = 1_000


async def fetch_names(server: HomeAssistantServer) -> HomeNames:
    """Names and aliases of areas, and of devices that are exposed to Assist.

    Raises:
        HomeAssistantError: They cannot be had now.
        ImportError: `websockets` is not installed.
    """
    from websockets.exceptions import WebSocketException

    try:
        async with asyncio.timeout(_LIMIT_S), _connected(server) as commands:
            return await _names(commands)
    except TimeoutError:
        text = f"home_assistant.url: {server.name} did not send its names in {_LIMIT_S:g} s"
        raise HomeAssistantError(text, SILENT) from None
    except OSError as error:
        text = f"home_assistant.url: {server.name} cannot be reached ({reason(error)})"
        raise HomeAssistantError(text, SILENT) from None
    except WebSocketException as error:
        text = f"home_assistant.url: {server.name} has no websocket ({type(error).__name__})"
        raise HomeAssistantError(text, SILENT) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        text = f"home_assistant.url: {server.name} sent something else than names"
        raise HomeAssistantError(text, UNCLEAR) from None


class _Commands:
    """Home Assistant's commands, one after the other."""

    def __init__(self, connection: ClientConnection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._count = 0

    async def receive(self) -> Any:
        """Read off the loop: a long message takes a while."""
        return await asyncio.to_thread(parse_json, await self._connection.recv())

    async def send(self, message: Mapping[str, Any]) -> None:
        await self._connection.send(json.dumps(message))

    async def ask(self, kind: str, **more: Any) -> Any:
        """The result of a command."""
        self._count += 1
        await self.send({"id": self._count, "type": kind, **more})
        while True:
            answer = await self.receive()
            if answer["id"] == self._count and answer["type"] == "result":
                break
        if not answer["success"]:
            text = (
                f"home_assistant.names: {self._name} refuses {kind}: use the token of an "
                "administrator, or set it to false"
            )
            raise HomeAssistantError(text, REJECTS)
        return answer["result"]


@asynccontextmanager
async def _connected(server: HomeAssistantServer) -> AsyncIterator[_Commands]:
    from websockets.asyncio.client import connect

    class Direct(connect):
        """A redirect would send the token to an arbitrary host."""

        def process_redirect(self, exc: Exception) -> Exception:
            return exc

    address = f"{server.url.replace('http', 'ws', 1)}/api/websocket"
    proxy: Literal[True] | None = True if server.trust_env else None
    connecting = Direct(address, max_size=_LONGEST, proxy=proxy, ssl=server.ssl)
    async with connecting as connection:
        commands = _Commands(connection, server.name)
        await commands.receive()
        await commands.send({"type": "auth", "access_token": server.token})
        if (await commands.receive())["type"] != "auth_ok":
            raise HomeAssistantError(server.rejected("auth_invalid"), REJECTS)
        yield commands


async def _names(commands: _Commands) -> HomeNames:
    found = NamesFound()
    for area in await commands.ask("config/area_registry/list"):
        found.names.setdefault("areas", []).extend(_texts([area["name"], *area["aliases"]]))
    exposed = (await commands.ask("homeassistant/expose_entity/list"))["exposed_entities"]
    wanted = [
        entity
        for entity, assistants in exposed.items()
        if assistants.get("conversation") and entity.partition(".")[0] in KINDS
    ][:_MOST_DEVICES]
    if not wanted:
        return HomeNames.of(found.names)
    entries = await commands.ask("config/entity_registry/get_entries", entity_ids=wanted)
    await commands.ask("subscribe_entities", entity_ids=wanted)
    states = (await commands.receive())["event"]["a"]
    for entity in wanted:
        entry, state = entries.get(entity) or {}, states.get(entity) or {}
        names = [(state.get("a") or {}).get("friendly_name"), *(entry.get("aliases") or ())]
        found.add(entity.partition(".")[0], names)
    return HomeNames.of(found.names)


def _texts(values: Iterable[object]) -> list[str]:
    return [value for value in values if isinstance(value, str)]
