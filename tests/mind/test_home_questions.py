"""What is asked before Home Assistant acts, what it asks itself, and who may not ask it."""

import asyncio
from dataclasses import replace

import pytest

from marvin.config.home_assistant import HomeAssistantConfig
from marvin.config.speaker_id import EcapaConfig
from marvin.config.tables import Config
from marvin.engines.registry import known_only
from marvin.mind.speaker_identity import TOO_SHORT
from marvin.skills.skillset import Skillset
from marvin.types import Ask, Say, Transcript
from tests.faulty_server import Answer, FaultyServer
from tests.mind.home_talk import ON, PARIS, SAID, Talk, asked
from tests.recorded_home import ANSWERS, said

pytestmark = pytest.mark.usefixtures("token")


async def test_what_interrupts_is_read_back_too(skillset: Skillset) -> None:
    doubtful = Transcript("no wait, turn on the kitchen light", confidence=0.2)
    with FaultyServer(said("turn on the kitchen light")) as server:
        async with Talk(skillset, server.url) as talk:
            interrupting = replace(SAID, interrupts=True)
            assert await talk.hear(doubtful, said=interrupting) == [
                Ask("Did you say: turn on the kitchen light?")
            ]
            assert server.requests == []
            assert await talk.hear(Transcript("yes")) == ON


async def test_doubtful_answer_is_read_back_too(skillset: Skillset) -> None:
    asks = said("is the kitchen light on", continue_conversation=True)
    doubtful = Transcript("the front door", confidence=0.1)
    with FaultyServer(asks, said("turn on the kitchen light")) as server:
        async with Talk(skillset, server.url) as talk:
            assert await talk.type("is the kitchen light on") == [Ask("No, off")]
            assert await talk.hear(doubtful) == [Ask("Did you say: the front door?")]
            assert len(server.requests) == 1
            assert await talk.hear(Transcript("yes")) == ON
    kept = ANSWERS["is the kitchen light on"]["conversation_id"]
    assert server.requests[1].json() == {
        "text": "the front door",
        "language": "en",
        "conversation_id": kept,
    }


async def test_its_question_gets_the_next_answer(skillset: Skillset) -> None:
    asks = said("is the kitchen light on", continue_conversation=True)
    with FaultyServer(asks, said("is the kitchen light on")) as server:
        talk = Talk(skillset, server.url)
        question, answer = await asked(talk, "is the kitchen light on", "the one in the hall")
    assert question == [Ask("No, off")]
    assert answer == [Say("No, off")]


@pytest.mark.parametrize(
    ("instead", "reply"),
    [
        ("call an ambulance", "I cannot make calls."),
        ("set a timer for five minutes", "Timer set for 5 minutes."),
        ("never mind", ""),
    ],
)
async def test_its_question_leaves_emergencies_and_skills_alone(
    skillset: Skillset, instead: str, reply: str
) -> None:
    asks = said("is the kitchen light on", continue_conversation=True)
    with FaultyServer(asks) as server:
        talk = Talk(skillset, server.url)
        question, answer = await asked(talk, "is the kitchen light on", instead)
        assert len(server.requests) == 1
    assert question == [Ask("No, off")]
    assert " ".join(item.text for item in answer if isinstance(item, Say)).startswith(reply)
    assert bool(answer) == bool(reply)
    assert talk.memory.dialogue.question is None


async def test_who_goes_on_speaking_does_not_have_it_done_twice(skillset: Skillset) -> None:
    late = Answer.json(ANSWERS["turn on the kitchen light"], held=True)
    with FaultyServer(late) as server:
        async with Talk(skillset, server.url) as talk, asyncio.TaskGroup() as tasks:
            response = talk.mind.respond("toggle the fountain", talk.memory, tasks)
            await response.settled()
            assert not response.acted
            answer = tasks.create_task(anext(response.items()))
            await asyncio.to_thread(server.wait_for, 1)
            assert response.acted
            server.release()
            assert [await answer] == ON


async def test_only_known_people_reach_it(skillset: Skillset) -> None:
    with FaultyServer() as server:
        async with Talk(skillset, server.url) as talk:
            await talk.only_for_known_people()
            assert await talk.hear(Transcript("turn on the kitchen light")) == [
                Say(sentence) for sentence in _two(TOO_SHORT)
            ]
            # Skills that come first answer anybody.
            assert await talk.hear(
                *map(Transcript, ("cancel all timers", "turn off the timer"))
            ) == [Say("You have no timers.")]
            assert await talk.hear(Transcript("who was Napoleon")) == [Say(PARIS)]
        assert server.requests == []


def _two(text: str) -> list[str]:
    first, _, second = text.partition(". ")
    return [f"{first}. {second}"] if second else [first]


def test_its_lists_are_for_those_who_may_reach_it() -> None:
    keys: dict[str, object] = {"url": "http://homeassistant.local:8123", "todo_lists": True}
    only = EcapaConfig(known_only=("home_assistant", "alarms"))
    config = Config(speaker_id=only, home_assistant=HomeAssistantConfig.model_validate(keys))
    assert known_only(config) == ("home_assistant", "alarms", "lists")
    own_lists = HomeAssistantConfig.model_validate({**keys, "todo_lists": False})
    assert known_only(Config(speaker_id=only, home_assistant=own_lists)) == only.known_only
