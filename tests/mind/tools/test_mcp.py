"""Tools of a real MCP server: what they return is data, and they may misbehave."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from marvin.config.tools import McpConfig
from marvin.mind.tools.mcp_server import McpServer
from marvin.mind.tools.offered import LONGEST_RESULT, ToolError
from marvin.skills.tool_confirmation import CONFIRM
from marvin.types import Ask, Say
from tests.mind.tools.calling import LIMIT_S, Room, call, room

DEMO, ROGUE = (Path(__file__).with_name(f"mcp_{name}.py") for name in ("demo", "rogue"))
ASK = "I wonder whether you might do it"


def server(
    tmp_path: Path, *args: str, allow: tuple[str, ...] = ("*",), **keys: object
) -> McpServer:
    config = McpConfig.model_validate(
        {
            "command": sys.executable,
            "args": (str(DEMO), *args),
            "pass_env": ("DEMO_LOG",),
            "allow": allow,
            "timeout_s": LIMIT_S,
        }
        | keys
    )
    return McpServer("demo", config, tmp_path / "files")


class Deeds:
    """What the server has done."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def lines(self) -> list[str]:
        return self._path.read_text().splitlines() if self._path.exists() else []


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deeds:
    monkeypatch.setenv("DEMO_LOG", str(tmp_path / "done"))
    return Deeds(tmp_path / "done")


async def test_conversation_with_a_server(
    tmp_path: Path, done: Deeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One server for all, because it takes a second to start."""
    monkeypatch.setenv("DEMO_SECRET", "hush")
    monkeypatch.setenv("DEMO_OTHER", "not for it")
    demo = server(tmp_path, confirm=("unlock",), pass_env=("DEMO_LOG", "DEMO_SECRET"))
    async with room(servers=[demo]) as home:
        await _result_is_told(home)
        await _text_from_outside_starts_nothing(home, done)
        await _later_calls_that_act_need_a_yes(home, done)
        home.memory.forget()
        await _silence_and_no_are_no(home, done)
        await _yes_calls_exactly_what_was_asked(home, done)
        await _destructive_tools_are_confirmed(home, done)
        await _a_refusal_gives_way_to_a_tool(home)
        await _a_picture_says_where_it_is(home, tmp_path)
        await _failures_are_told(home)
        await _long_results_are_cut(home)
        assert (await demo.call("secret", {})).text == "hush None"
    assert not demo.connected


async def _result_is_told(home: Room) -> None:
    home.model.follow([call("demo_forecast", '{"city": "Rome"}')], ["It will rain."])
    assert await home.hears(ASK) == "It will rain."
    assert home.model.results == ["Rain in Rome."]
    home.memory.forget()


async def _text_from_outside_starts_nothing(home: Room, done: Deeds) -> None:
    unlock = call("demo_unlock", '{"door": "front"}')
    volume = call("set_volume", '{"percent": 90}')
    for obeys in (unlock, volume, call("demo_forecast", '{"city": "my PIN is 1234"}')):
        home.model.follow([call("demo_mail")], [obeys], ["Okay."])
        items = await home.says(ASK)
        assert [type(item) for item in items] == [Ask]
        assert home.acts == []
        assert done.lines() == []
        home.memory.forget()
    assert "\x1b" not in home.model.results[0]
    # The user's own programs print what others have written, too.
    home.model.follow([call("read_my_post")], [unlock])
    assert [type(item) for item in await home.says(ASK)] == [Ask]
    home.memory.forget()


async def _later_calls_that_act_need_a_yes(home: Room, done: Deeds) -> None:
    home.model.follow([call("demo_mail")], ["It says: call demo_unlock with door=front."])
    await home.hears(ASK)
    volume = call("set_volume", '{"percent": 90}')
    home.model.follow([call("demo_forecast", '{"city": "Oslo"}'), volume], ["Okay."])
    items = await home.says(ASK)
    assert home.model.asked[-1][-1].role == "user"
    assert [type(item) for item in items] == [Ask]
    assert home.acts == []


async def _silence_and_no_are_no(home: Room, done: Deeds) -> None:
    unlock = call("demo_unlock", '{"door": "front"}')
    home.model.follow([unlock])
    question = "Shall I use unlock of demo, with door front?"
    assert await home.says(ASK) == [Ask(question)]
    # Silence: nobody says anything, and the next words are about something else.
    home.model.follow(["Blue."])
    assert await home.hears("why is the sky blue") == "Blue."
    assert home.memory.dialogue.question is None
    home.model.follow([unlock])
    await home.says(ASK)
    assert home.memory.dialogue.question == CONFIRM
    assert await home.hears("no") == "Okay, I will not."
    assert await home.hears("what time is it") != ""
    home.model.follow(["Yes what?"])
    assert await home.hears("yes do it") == "Yes what?"
    assert done.lines() == []
    home.memory.forget()


async def _yes_calls_exactly_what_was_asked(home: Room, done: Deeds) -> None:
    unlock = call("demo_unlock", '{"door": "front"}', "a")
    back = call("demo_unlock", '{"door": "back"}', "b")
    home.model.follow([unlock, back], ["Both are open."])
    await home.says(ASK)
    assert await home.says("yes please") == [Ask("Shall I use unlock of demo, with door back?")]
    assert done.lines() == ["unlocked front"]
    assert await home.says("yes") == [Say("Both are open.")]
    assert done.lines() == ["unlocked front", "unlocked back"]
    assert home.model.results == ["unlocked front", "unlocked back"]
    home.memory.forget()


async def _destructive_tools_are_confirmed(home: Room, done: Deeds) -> None:
    home.model.follow([call("demo_wipe")])
    assert await home.says(ASK) == [Ask("Shall I use wipe of demo?")]
    await home.hears("no")
    assert "wiped" not in done.lines()
    home.model.follow([call("demo_unlock", f'{{"door": "{"x" * 500}"}}')], ["No."])
    assert await home.hears(ASK) == "No."
    assert "too long to ask" in home.model.results[0]
    home.memory.forget()


async def _a_refusal_gives_way_to_a_tool(home: Room) -> None:
    home.model.follow([call("demo_forecast", '{"city": "Rome"}')], ["Rain in Rome."])
    assert await home.hears("what is the weather in rome") == "Rain in Rome."
    home.model.follow(["I have unlocked the door."])
    assert (await home.hears("open the garage door")).startswith("I cannot open the garage door")
    home.memory.forget()


async def _a_picture_says_where_it_is(home: Room, tmp_path: Path) -> None:
    home.model.follow([call("demo_picture")], ["Here it is."])
    items = await home.says(ASK)
    made = _only_file(tmp_path / "files")
    assert items[-1] == Say(f"It is in {made.parent}, as {made.name}.")
    home.memory.forget()


def _only_file(folder: Path) -> Path:
    (made,) = folder.iterdir()
    assert made.read_bytes().startswith(b"\x89PNG")
    return made


async def _failures_are_told(home: Room) -> None:
    home.model.follow([call("demo_fail")], ["It failed."])
    assert await home.hears(ASK) == "It failed."
    assert home.model.results[0].startswith("Error: ")
    home.memory.forget()


async def _long_results_are_cut(home: Room) -> None:
    home.model.follow([call("demo_long")], ["Words."])
    await home.hears(ASK)
    assert len(home.model.results[0]) < LONGEST_RESULT + 20
    home.memory.forget()


async def test_calls_that_hang_or_end_the_server(tmp_path: Path, done: Deeds) -> None:
    demo = server(tmp_path, allow=("hang", "crash", "secret"), timeout_s=0.5)
    await demo.settled()
    try:
        names = {one.tool.name for one in await demo.tools()}
        assert names == {"demo_secret", "demo_hang", "demo_crash"}
        with pytest.raises(ToolError, match=r"did not answer within 0\.5 s"):
            await demo.call("hang", {})
        with pytest.raises(ToolError, match=r"demo has broken off|did not answer"):
            await demo.call("crash", {})
        await _lost(demo)
    finally:
        await demo.close()


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while True:
            if true():
                return
            await asyncio.sleep(0.01)


async def _lost(demo: McpServer) -> None:
    await _until(lambda: not demo.connected)
    assert await demo.tools() == ()
    with pytest.raises(ToolError, match="not connected"):
        await demo.call("forecast", {"city": "Rome"})


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
    await _until(lambda: bool(_children()))
    await demo.close()
    await _until(lambda: not _children())


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
