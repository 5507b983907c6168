"""A real Home Assistant on loopback: installed into build/, onboarded by its own API, with a small
demo home of lights, areas and a to-do list."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

VERSION = "2025.4.4"
"""The newest that runs on Python 3.13.0."""
PYTHON = "3.13"
BUILD = Path("build/home-assistant")
LANGUAGES = ("en", "de")
_START_S = 600.0
"""The first start installs what its integrations need."""
_STOP_S = 20.0
_PATIENCE_S = 300.0
"""For a request: what an integration needs is installed when it is added."""
_CLIENT = "http://127.0.0.1/"
"""Home Assistant's clients have addresses as ids."""
_LIGHTS = {"kitchen_light": "Kitchen light", "bedroom_lamp": "Bedroom lamp", "stop_light": "Stop"}

_CONFIGURATION = """\
homeassistant:
  name: Demo
  unit_system: metric
  time_zone: UTC
  country: GB
  language: en
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
websocket_api:
onboarding:
conversation:
config:
input_boolean:
{switches}
light:
  - platform: template
    lights:
{lights}
"""
_LIGHT = """\
      {name}:
        friendly_name: "{title}"
        unique_id: {name}
        value_template: "{{{{ is_state('input_boolean.{name}', 'on') }}}}"
        turn_on:
          action: input_boolean.turn_on
          target: {{entity_id: input_boolean.{name}}}
        turn_off:
          action: input_boolean.turn_off
          target: {{entity_id: input_boolean.{name}}}
"""


@dataclass(frozen=True, slots=True)
class RunningHome:
    """A Home Assistant that answers."""

    url: str
    token: str
    """A long-lived access token of its owner."""
    start_s: float
    """Until it answered."""
    process: subprocess.Popen[bytes]

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Raises httpx2.HTTPStatusError."""
        async with httpx2.AsyncClient(
            base_url=self.url, trust_env=False, timeout=_PATIENCE_S
        ) as client:
            headers = {"Authorization": f"Bearer {self.token}"}
            response = await client.post(path, json=body, headers=headers)
            response.raise_for_status()
            return response.json()

    async def state(self, entity: str) -> str:
        async with httpx2.AsyncClient(
            base_url=self.url, trust_env=False, timeout=_PATIENCE_S
        ) as client:
            headers = {"Authorization": f"Bearer {self.token}"}
            response = await client.get(f"/api/states/{entity}", headers=headers)
            response.raise_for_status()
            return str(response.json()["state"])

    async def command(self, *commands: Mapping[str, Any]) -> list[Any]:
        """The results of commands of its websocket API."""
        from websockets.asyncio.client import connect

        results = []
        address = self.url.replace("http", "ws", 1) + "/api/websocket"
        async with connect(address, max_size=2**24, proxy=None) as socket_:
            await socket_.recv()
            await socket_.send(json.dumps({"type": "auth", "access_token": self.token}))
            await socket_.recv()
            for at, command in enumerate(commands, 1):
                await socket_.send(json.dumps({"id": at, **command}))
                answer = json.loads(await socket_.recv())
                if not answer["success"]:
                    raise RuntimeError(f"{command['type']}: {answer['error']}")
                results.append(answer["result"])
        return results


def install(build: Path = BUILD) -> Path:
    """Its program, installed if it is not yet there."""
    program = build / "venv" / "bin" / "hass"
    if not program.exists():
        uv = shutil.which("uv") or ".venv/bin/uv"
        environment = {**os.environ, "VIRTUAL_ENV": str((build / "venv").resolve())}
        subprocess.run([uv, "venv", "--python", PYTHON, str(build / "venv")], check=True)
        subprocess.run(
            [uv, "pip", "install", f"homeassistant=={VERSION}"], check=True, env=environment
        )
    return program


@asynccontextmanager
async def running_home(build: Path = BUILD) -> AsyncIterator[RunningHome]:
    """Started with an empty configuration, so that every run begins alike."""
    program, folder = install(build), build / "config"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    port = _free_port()
    switches = "\n".join(f"  {name}:" for name in _LIGHTS)
    lights = "".join(_LIGHT.format(name=name, title=_LIGHTS[name]) for name in _LIGHTS)
    text = _CONFIGURATION.format(port=port, switches=switches, lights=lights)
    (folder / "configuration.yaml").write_text(text)
    began = time.perf_counter()
    process = _start(program, folder, build / "home-assistant.log")
    try:
        url = f"http://127.0.0.1:{port}"
        token = await _onboard(url, process)
        home = RunningHome(url, token, time.perf_counter() - began, process)
        await _furnish(home)
        yield home
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _start(program: Path, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    path = f"{program.parent.resolve()}:{os.environ['PATH']}"
    with log.open("wb") as out:
        return subprocess.Popen(
            [str(program.resolve()), "--config", str(folder.resolve())],
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": path},
        )


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def _onboard(url: str, process: subprocess.Popen[bytes]) -> str:
    """Creates the owner; returns a long-lived access token."""
    user = {
        "client_id": _CLIENT,
        "name": "Owner",
        "username": "owner",
        "password": "a password for tests",
        "language": "en",
    }
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=_PATIENCE_S) as client:
        async with asyncio.timeout(_START_S):
            while True:
                if process.poll() is not None:
                    raise RuntimeError(f"Home Assistant ended: {BUILD}/home-assistant.log")
                try:
                    if (await client.get("/api/onboarding")).status_code == 200:
                        break
                except httpx2.TransportError:
                    pass
                await asyncio.sleep(0.5)
        created = await client.post("/api/onboarding/users", json=user)
        created.raise_for_status()
        form = {
            "grant_type": "authorization_code",
            "code": created.json()["auth_code"],
            "client_id": _CLIENT,
        }
        granted = await client.post("/auth/token", data=form)
        granted.raise_for_status()
    short = RunningHome(url, granted.json()["access_token"], 0.0, process)
    wanted = {"type": "auth/long_lived_access_token", "client_name": "Marvin", "lifespan": 3650}
    return str((await short.command(wanted))[0])


async def _known(home: RunningHome, entity: str) -> None:
    """It answers before all its integrations have been set up."""
    async with asyncio.timeout(_START_S):
        while True:
            try:
                await home.state(entity)
                return
            except httpx2.HTTPStatusError:
                await asyncio.sleep(0.5)


async def _furnish(home: RunningHome) -> None:
    """Onboarding has made the areas kitchen, bedroom and living room."""
    for name in _LIGHTS:
        await _known(home, f"light.{name}")
    registry = "config/entity_registry/update"
    await home.command(
        {"type": "config/area_registry/update", "area_id": "kitchen", "aliases": ["Cookery"]},
        {
            "type": registry,
            "entity_id": "light.kitchen_light",
            "area_id": "kitchen",
            "aliases": ["Ceiling lamp"],
        },
        {"type": registry, "entity_id": "light.bedroom_lamp", "area_id": "bedroom"},
    )
    flow = "/api/config/config_entries/flow"
    begun = await home.post(flow, {"handler": "local_todo"})
    await home.post(f"{flow}/{begun['flow_id']}", {"todo_list_name": "Shopping list"})
