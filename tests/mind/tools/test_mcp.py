"""Tools of a real MCP server: what they return is data, and they may misbehave."""

from pathlib import Path

import pytest

from marvin.mind.tools.mcp_server import McpServer
from marvin.mind.tools.offered import LONGEST_RESULT, ToolError
from marvin.skills.tool_confirmation import CONFIRM
from marvin.types import Ask, Say
from tests.mind.tools.calling import Room, call, room
from tests.mind.tools.serving import ASK, Deeds, server, until


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
    question = "I would use unlock of demo, with door front. Shall I?"
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
    assert await home.says("yes please") == [
        Ask("I would use unlock of demo, with door back. Shall I?")
    ]
    assert done.lines() == ["unlocked front"]
    assert await home.says("yes") == [Say("Both are open.")]
    assert done.lines() == ["unlocked front", "unlocked back"]
    assert home.model.results == ["unlocked front", "unlocked back"]
    home.memory.forget()


async def _destructive_tools_are_confirmed(home: Room, done: Deeds) -> None:
    home.model.follow([call("demo_wipe")])
    assert await home.says(ASK) == [Ask("I would use wipe of demo. Shall I?")]
    await home.hears("no")
    assert "wiped" not in done.lines()
    home.model.follow([call("demo_unlock", f'{{"door": "{"x" * 500}"}}')], ["No."])
    assert await home.hears(ASK) == "No."
    assert "too long to ask" in home.model.results[0]
    home.memory.forget()


async def _a_refusal_gives_way_to_a_tool(home: Room) -> None:
    rain = call("demo_forecast", '{"city": "Rome"}')
    home.model.follow(["It will be sunny. ", rain], ["Rain in Rome."])
    assert await home.hears("what is the weather in rome") == "Rain in Rome."
    home.memory.forget()
    opened = ["I have opened the door."]
    for made in (None, call("demo_fail"), call("no_such_tool"), call("current_time")):
        home.model.follow([*opened, made] if made else opened, opened)
        assert (await home.hears("open the garage door")).startswith("I cannot open the garage")
    assert {tool.name[:5] for tool in home.model.offered[-1]} == {"demo_"}
    home.memory.forget()
    home.model.follow([*opened, call("demo_unlock", '{"door": ["a"]}')], opened)
    home.memory.dialogue.outside = True
    assert [type(item) for item in await home.says("open the garage door")] == [Ask]
    assert await home.hears("yes") == "Sorry, that did not work."
    home.memory.forget()
    asked = len(home.model.asked)
    home.model.follow([rain], ["I have called an ambulance."])
    assert (await home.hears("call an ambulance")).startswith("I cannot make calls.")
    assert len(home.model.asked) == asked


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


async def _lost(demo: McpServer) -> None:
    await until(lambda: not demo.connected)
    assert await demo.tools() == ()
    with pytest.raises(ToolError, match="not connected"):
        await demo.call("forecast", {"city": "Rome"})
