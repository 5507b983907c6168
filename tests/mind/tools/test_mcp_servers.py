"""MCP servers that are missing, broken or elsewhere, and their programs' end."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from marvin.config.llm import ChatConfig
from marvin.config.tables import Config, SkillsConfig
from marvin.config.tools import McpConfig, ToolsConfig
from marvin.engines.engine_set import EngineSet
from marvin.mind.tools.toolbox import running, toolbox_of
from marvin.service.one_shot import answer
from tests.mind.tools.calling import LIMIT_S, call, room
from tests.mind.tools.serving import ASK, DEMO, ROGUE, server, until


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("broken", "it has ended: KeyError: 'WEATHER_KEY'"),
        ("noise", "it sends too much, so it was cut off"),
        ("endless line", "it sends too much, so it was cut off"),
    ],
)
async def test_program_that_is_no_server_leaves_marvin_without_its_tools(
    tmp_path: Path, kind: str, state: str
) -> None:
    demo = server(tmp_path, command=sys.executable, args=(str(ROGUE), kind), pass_env=())
    async with room(["Hm."], servers=[demo]) as home:
        assert await home.hears(ASK) == "Hm."
        assert demo.state == state


async def test_tools_that_are_described_wrongly_are_missing(tmp_path: Path) -> None:
    demo = server(tmp_path, command=sys.executable, args=(str(ROGUE), "bad tools"), pass_env=())
    await demo.settled()
    assert demo.state == "connected, tools: 1"
    assert [one.tool.name for one in await demo.tools()] == ["demo_good"]
    await demo.close()


@pytest.mark.parametrize(
    ("keys", "state"),
    [
        ({"command": "no-such-program"}, "there is no program 'no-such-program'"),
        (
            {"pass_env": ("NO_SUCH_KEY",)},
            "the environment variable NO_SUCH_KEY is not set (pass_env)",
        ),
        ({"command": None, "url": "http://127.0.0.1:9/mcp"}, "it cannot be reached"),
    ],
)
async def test_server_that_is_missing_says_why(
    tmp_path: Path, keys: dict[str, Any], state: str
) -> None:
    demo = server(tmp_path, **({"args": (), "pass_env": ()} | keys))
    await demo.settled()
    await demo.close()
    assert demo.state.startswith(state)


async def test_its_program_ends_with_marvin_even_if_it_never_answers(tmp_path: Path) -> None:
    demo = server(tmp_path, command=sys.executable, args=(str(ROGUE), "deaf"), pass_env=())
    demo.begin()
    await until(lambda: bool(_children()))
    assert await demo.tools(wait_s=0.01) == ()
    assert demo.state == "it has not answered yet, its tools are missing"
    await demo.close()
    await until(lambda: not _children())


def _children() -> list[str]:
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", str(ROGUE)], capture_output=True, text=True
    )
    return found.stdout.split()


async def test_server_by_http(tmp_path: Path) -> None:
    port = unused_port()
    process = await asyncio.create_subprocess_exec(sys.executable, DEMO, "--http", str(port))
    try:
        await _until_it_listens(port)
        demo = server(
            tmp_path, command=None, args=(), pass_env=(), url=f"http://127.0.0.1:{port}/mcp"
        )
        rain = [call("demo_forecast", '{"city": "Rome"}')], ["Rain."]
        async with room(*rain, [call("demo_flood")], ["Too much."], servers=[demo]) as home:
            assert await home.hears(ASK) == "Rain."
            assert home.model.results == ["Rain in Rome."]
            assert await home.hears(ASK) == "Too much."
            assert home.model.results[-1].startswith("Error: demo")
    finally:
        process.kill()
        await process.wait()


def unused_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def _until_it_listens(port: int) -> None:
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def test_marvin_ask_starts_no_server_for_what_a_skill_answers(tmp_path: Path) -> None:
    config = Config(
        llm=ChatConfig(),
        skills=SkillsConfig(state_dir=tmp_path, disabled=("units",)),
        tools=ToolsConfig(mcp={"demo": McpConfig(command="no-such-program", allow=("*",))}),
    )

    def begun() -> bool:
        return any(task.get_name() == "marvin-tools-demo" for task in asyncio.all_tasks())

    said = [(sentence, begun()) async for sentence in answer(config, "what is 6 times 7")]
    assert said == [("6 times 7 is 42.", False)]
    engines = EngineSet(config)
    toolbox = toolbox_of(engines, config, lambda event: None)
    assert toolbox is not None
    async with engines.running([engines.skills]), running(toolbox):
        assert begun()
        offered = {one.tool.name for one in await toolbox.tools("en")}
    assert "set_timer" in offered
    assert "remember" not in offered, "notes are off"
