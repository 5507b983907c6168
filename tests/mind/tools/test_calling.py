"""A language model calls skills, within limits."""

import pytest

from marvin.types import Act, Ask, Say
from tests.mind.tools.calling import call, room

WEIRD = "I wonder whether you might"
"""Words that no skill matches."""


async def test_a_call_takes_the_path_of_a_spoken_command() -> None:
    volume = call("set_volume", '{"percent": 40}')
    async with room(["I will turn it down. ", volume], ["It is at 40 percent."]) as home:
        items = await home.says(f"{WEIRD} be quieter")
    assert items == [Say("I will turn it down."), Act(0.4), Say("It is at 40 percent.")]
    assert home.memory.dialogue.volume == pytest.approx(0.4)
    asked, told = home.model.asked[1][-2:]
    assert asked.calls == (volume,)
    assert told.call_id == "a"
    assert "40" in told.text


async def test_what_a_skill_matches_never_waits_for_the_model() -> None:
    async with room() as home:
        assert await home.hears("what is the volume") != ""
    assert home.model.asked == []


async def test_a_question_of_a_skill_is_asked_and_answered() -> None:
    async with room([call("cancel_timer")]) as home:
        await home.hears("set a pasta timer for ten minutes")
        await home.hears("set an egg timer for five minutes")
        items = await home.says(f"{WEIRD} call it off")
        assert [type(item) for item in items] == [Ask]
        assert "Pasta" in await home.hears("the pasta timer")
    assert len(home.model.asked) == 1


async def test_calls_after_a_question_of_a_skill_are_told_not_to_be_made() -> None:
    calls = [call("cancel_timer"), call("set_volume", '{"percent": 30}', "b")]
    async with room(calls) as home:
        await home.hears("set a pasta timer for ten minutes")
        await home.hears("set an egg timer for five minutes")
        told, asked = await home.says(f"{WEIRD} call it off and be quiet")
        assert told == Say("I have not done the rest.")
        assert isinstance(asked, Ask)
    assert home.acts == []


async def test_several_calls_at_once() -> None:
    calls = [call("set_volume", '{"percent": 30}', "a"), call("dim_the", '{"lamp": "bed light"}')]
    async with room(calls, ["Good night."]) as home:
        assert await home.hears(f"{WEIRD} make it a quiet evening") == "Good night."
    assert home.acts == [Act(0.3)]
    assert home.model.results[1] == "Dimmed."


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (call("open_door"), "no tool 'open_door'"),
        (call("set_volume", '{"percent": 4'), "no valid JSON"),
        (call("set_volume", "[1]"), "should be an object"),
        (call("set_volume", '{"percent": "\\ud800"}'), "no valid JSON"),
        (call("open\ud800"), "no tool 'open\ufffd'"),
        (call("set_volume", "{}"), "'percent' is missing"),
        (call("set_volume", '{"percent": "loud"}'), "do not go together"),
        (call("set_volume", '{"loudness": 3}'), "no parameter 'loudness'"),
    ],
)
async def test_a_wrong_call_is_told_to_the_model(wrong: str, told: str) -> None:
    async with room([wrong], ["I could not do that."]) as home:
        assert await home.hears(f"{WEIRD} do it") == "I could not do that."
    assert told in home.model.results[0]
    assert home.acts == []


async def test_arguments_that_are_a_text_of_json_are_read() -> None:
    async with room([call("set_volume", '"{\\"percent\\": 20}"')], ["Done."]) as home:
        await home.hears(f"{WEIRD} be quiet")
    assert home.acts == [Act(0.2)]


async def test_calls_of_a_turn_are_limited_and_then_none_is_offered() -> None:
    again = [call("set_volume", '{"percent": 40}')]
    async with room(again, [*again, *again, *again], ["Enough."], most=3) as home:
        assert await home.hears(f"{WEIRD} do it") == "Enough."
    assert len(home.acts) == 3
    assert "no more calls" in home.model.results[-1]
    assert [len(tools) > 0 for tools in home.model.offered] == [True, True, False]


async def test_what_a_skill_reports_is_said_if_the_model_adds_nothing() -> None:
    async with room([call("set_timer", '{"minutes": 9}')], []) as home:
        assert "9 minutes" in (await home.hears(f"{WEIRD} time my eggs")).replace("nine", "9")


async def test_only_the_skills_that_are_named_are_offered() -> None:
    async with room(["Hm."], offered=["time"]) as home:
        await home.hears(f"{WEIRD} do it")
    assert [tool.name for tool in home.model.offered[0]] == ["current_time"]


async def test_a_response_that_is_discarded_has_called_nothing() -> None:
    async with room([call("set_volume", '{"percent": 40}')], ["Done."]) as home:
        response = home.mind.respond(f"{WEIRD} be quieter", home.memory, home.tasks)
        await response.settled()
        response.discard()
        assert not response.acted
    assert home.memory.dialogue.volume == 1.0
