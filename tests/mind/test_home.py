"""What Home Assistant answers, and who answers instead when it does not."""

import asyncio

import pytest

from marvin.backends.home_assistant.home_server import (
    REJECTS,
    SILENT,
    UNCLEAR,
)
from marvin.errors import HomeAssistantError
from marvin.skills.skillset import Skillset
from marvin.types import (
    Ask,
    Notice,
    Say,
    Transcript,
)
from tests.faulty_server import Answer, FaultyServer
from tests.mind.home_talk import ON, PARIS, SAID, Talk, asked
from tests.recorded_home import ANSWERS, TOKEN, said

pytestmark = pytest.mark.usefixtures("token")


async def test_command_is_carried_out_within_one_conversation(skillset: Skillset) -> None:
    with FaultyServer(always=said("turn on the kitchen light")) as server:
        talk = Talk(skillset, server.url + "/", agent="conversation.own")
        assert await asked(talk, "Turn on the kitchen light.", "and now dance") == [ON, ON]
    first, second = server.requests
    assert first.path == "/api/conversation/process"
    assert first.headers["authorization"] == f"Bearer {TOKEN}"
    expected = {
        "text": "Turn on the kitchen light.",
        "language": "en",
        "agent_id": "conversation.own",
    }
    assert first.json() == expected
    kept = ANSWERS["turn on the kitchen light"]["conversation_id"]
    assert second.json() == {**expected, "text": "and now dance", "conversation_id": kept}


async def test_what_it_does_not_understand_goes_on(skillset: Skillset) -> None:
    """Home Assistant takes most questions for unknown devices, so that its words only count for
    commands."""
    texts = ["what is the capital of france", "turn on the disco ball", "play some music"]
    with FaultyServer(*map(said, texts)) as server:
        talk = Talk(skillset, server.url)
        open_question, unknown_device, refused = await asked(talk, *texts)
    assert open_question == [Say(PARIS)]
    assert unknown_device == [Say("Sorry, I am not aware of any device called disco ball")]
    assert refused == [
        Say("I cannot play music: I have no skill for it, but you can add a command.")
    ]


async def test_as_the_mind_its_answer_counts_whatever_it_is(skillset: Skillset) -> None:
    text = "what is the capital of france"
    with FaultyServer(said(text)) as server:
        talk = Talk(skillset, server.url, mind=True)
        (answer,) = await asked(talk, text)
    assert answer == [Say("Sorry, I am not aware of any device called capital of france")]
    assert talk.model.asked == []


async def test_skills_come_first_and_a_device_named_stop_takes_nothing_from_them(
    skillset: Skillset,
) -> None:
    with FaultyServer() as server:
        talk = Talk(skillset, server.url)
        stop, timer, emergency = await asked(
            talk, "stop", "set a timer for ten minutes", "call an ambulance"
        )
        assert server.requests == []
    assert stop == []
    assert timer == [Say("Timer set for 10 minutes.")]
    assert isinstance(emergency[0], Say)
    assert emergency[0].text.startswith("I cannot make calls.")


async def test_nothing_is_done_before_the_user_has_finished(skillset: Skillset) -> None:
    with FaultyServer(said("turn on the kitchen light")) as server:
        async with Talk(skillset, server.url) as talk, asyncio.TaskGroup() as tasks:
            response = talk.mind.respond("turn on the kitchen light", talk.memory, tasks)
            await response.settled()
            assert server.requests == []
            assert response.final
            assert [item async for item in response.items()] == ON


async def test_doubtful_command_is_read_back(skillset: Skillset) -> None:
    doubtful = Transcript("turn on the kitchen light", confidence=0.4)
    yes, no = Transcript("yes"), Transcript("no")
    read_back = [Ask("Did you say: turn on the kitchen light?")]
    with FaultyServer(said("turn on the kitchen light")) as server:
        async with Talk(skillset, server.url) as talk:
            assert await talk.hear(doubtful) == read_back
            assert await talk.hear(no) == [Say("Okay.")]
            assert await talk.hear(doubtful) == read_back
            assert server.requests == []
            # The answer may be short and doubtful itself.
            assert await talk.hear(Transcript("Yes.", confidence=0.4)) == ON
            assert await talk.hear(yes) == [Say(PARIS)]
    assert [one.json()["text"] for one in server.requests] == ["turn on the kitchen light", "yes"]


async def test_one_of_two_commands_is_asked_for(skillset: Skillset) -> None:
    on = Transcript("turn on the kitchen light", alternatives=("turn off the kitchen light",))
    again = [Ask("The first or the second: on or off?")]
    with FaultyServer(said("turn on the kitchen light")) as server:
        async with Talk(skillset, server.url) as talk:
            assert await talk.hear(on) == [Ask("On or off?")]
            assert await talk.hear(Transcript("off", confidence=0.4)) == again
            assert await talk.hear(Transcript("the second", confidence=0.4)) == [
                Say("Okay, I will not.")
            ]
            assert await talk.hear(on) == [Ask("On or off?")]
            assert await talk.hear(Transcript("off", confidence=0.4)) == again
            assert server.requests == []
            assert await talk.hear(Transcript("off")) == ON
    assert server.requests[0].json()["text"] == "turn off the kitchen light"


async def test_devices_that_failed_are_named(skillset: Skillset) -> None:
    answer = ANSWERS["turn on the kitchen light"]
    data = {**answer["response"]["data"], "failed": [{"name": "Lamp\x1b[31m\nOne"}, 5]}
    partly = {**answer, "response": {**answer["response"], "data": data}}
    with FaultyServer(Answer.json(partly), said("nevermind")) as server:
        found = await asked(
            Talk(skillset, server.url), "turn on the kitchen light", "turn on the kitchen light"
        )
    assert found == [[*ON, Say("It did not work for: Lamp One.")], [Say("Okay.")]]


LAMP = {"name": "Lamp One", "type": "entity", "id": "light.one"}
KITCHEN = {"name": "Kitchen", "type": "area", "id": "kitchen"}
IT_FAILED = "Sorry, that did not work."
FAILURES = {
    "without words": ("error", "", {"code": "failed_to_handle"}, IT_FAILED),
    "unknown": ("error", " ... ", {"code": "unknown"}, IT_FAILED),
    "in its words": ("error", "The lamp is gone.", {"code": "unknown"}, "The lamp is gone."),
    "every device": (
        *("action_done", "Turned on the lights", {"success": [KITCHEN], "failed": [LAMP]}),
        "It did not work for: Lamp One.",
    ),
    "a device without a name": (
        *(
            "action_done",
            "Turned on the lights",
            {"success": [LAMP], "failed": [{"id": "light.x"}]},
        ),
        IT_FAILED,
    ),
}


@pytest.mark.parametrize("case", FAILURES)
async def test_failure_is_never_said_as_done(skillset: Skillset, case: str) -> None:
    kind, speech, data, told = FAILURES[case]
    response = {"response_type": kind, "data": data, "speech": {"plain": {"speech": speech}}}
    with FaultyServer(Answer.json({"response": response})) as server:
        talk = Talk(skillset, server.url)
        assert await asked(talk, "turn on the kitchen light") == [[Say(told)]]


FAULTS = {
    "expired token": (Answer(401, b"401: Unauthorized"), REJECTS, "HOME_ASSISTANT_TOKEN"),
    "web page": (Answer.html(), UNCLEAR, "home_assistant.url.* a web page"),
    "redirect": (
        Answer(301, headers={"Location": "http://192.0.2.1/"}),
        UNCLEAR,
        r"has moved \(301\)",
    ),
    "wrong address": (Answer(404, b"404: Not Found"), UNCLEAR, r"no such address \(404\)"),
    "unknown agent": (Answer(400, b"{}"), UNCLEAR, "home_assistant.agent"),
    "failing": (Answer(500), SILENT, r"failed \(500\)"),
    "endless": (Answer(200, b"x" * 100_000, endless=True), UNCLEAR, "does not end"),
    "not a conversation": (Answer.json({"message": "API running."}), UNCLEAR, "something else"),
    "nested": (Answer(200, b"[" * 100_000), UNCLEAR, "something else than JSON"),
    "cut off": (Answer.json({"response": 1}, cut_after=5), SILENT, "broke off"),
    "slow": (Answer(held=True), SILENT, "home_assistant.timeout_s.* in 0.2 s"),
}


async def test_faults_are_spoken_and_explained(skillset: Skillset) -> None:
    with FaultyServer(*(answer for answer, _, _ in FAULTS.values())) as server:
        async with Talk(skillset, server.url) as talk:
            for at, (answer, notice, message) in enumerate(FAULTS.values(), 1):
                talk.server.timeout_s = 0.2 if answer.held else 30.0
                with pytest.raises(HomeAssistantError, match=message) as raised:
                    await talk.type("turn on the kitchen light")
                assert raised.value.notice == notice
                assert TOKEN not in str(raised.value)
                assert len(server.requests) == at, "an action is never repeated"
        server.release()
    assert talk.told == [], "the failed turn tells it"


async def test_open_questions_do_not_wait_for_one_that_is_down(skillset: Skillset) -> None:
    with FaultyServer() as server:
        gone = server.url
    talk = Talk(skillset, gone)
    async with talk:
        assert await talk.type("who was Napoleon") == [Say(PARIS)]
        assert len(talk.told) == 1
        assert "cannot be reached" in talk.told[0]
        with FaultyServer(always=said("is the kitchen light on"), port=server.port) as back:
            assert await talk.type("who was Napoleon") == [Say(PARIS)]
            assert back.requests == []
            talk.clock_s += 61
            assert await talk.type("who was Napoleon") == [Say("No, off")]
    assert len(talk.told) == 1


async def test_speaker_is_told_that_it_takes_longer(
    skillset: Skillset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marvin.mind.mind.PATIENCE_S", 0.01)
    late = Answer.json(ANSWERS["turn on the kitchen light"], held=True)
    with FaultyServer(late) as server:
        async with Talk(skillset, server.url) as talk:
            talk.heard[:] = [Transcript("turn on the kitchen light")]
            await talk._stt.start()
            async with asyncio.TaskGroup() as tasks:
                items = []
                async for item in talk.mind.respond(SAID, talk.memory, tasks).items():
                    items.append(item)
                    server.release()
    assert items == [Notice("One moment."), *ON]
